from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from desk.models import CustodySpan
from journal import services as journal
from journal.services import rewind
from kpis import services
from kpis.models import ALL, RequestFact, Rollup
from tests.kpis.conftest import HOUR, MONDAY

pytestmark = pytest.mark.django_db(transaction=True)


def cell(measure, day=None, team=ALL):
    return Rollup.objects.get(measure=measure, day=day or MONDAY.date(), team_id=team, type_id=ALL)


class TestFollower:
    def test_counts_a_resolved_request_on_its_day_by_team_and_together(
        self, resolved, roll_up, team
    ):
        resolved(hours=2)
        roll_up()
        assert cell("net").n == cell("net", team=team.pk).n == 1
        assert cell("net").calendar_sum == 7200
        assert cell("first_response").calendar_sum == 1800

    def test_business_time_stands_beside_calendar_time(self, resolved, roll_up):
        resolved(hours=24)  # 09:00 to 09:00 the next day: eight hours of work
        roll_up()
        assert cell("gross", date(2026, 11, 17)).calendar_sum == 24 * 3600
        assert cell("gross", date(2026, 11, 17)).business_sum == 8 * 3600

    def test_cuts_days_in_the_reporting_zone(self, resolved, roll_up):
        resolved(at=datetime(2026, 11, 16, 22, 30, tzinfo=UTC), hours=1)  # 00:30 in Amsterdam
        roll_up()
        assert cell("net", date(2026, 11, 17)).n == 1

    def test_net_leaves_out_the_rep_and_the_customer_but_charges_departments(
        self, resolved, roll_up
    ):
        parties = [("desk", 1), ("rep", 2), ("logistics", 3), ("customer", 1), ("desk", 1)]
        row = resolved(hours=8, parties=parties)
        roll_up()
        fact = RequestFact.objects.get(pk=row.pk)
        assert fact.gross_calendar == sum(fact.held_calendar) == 8 * 3600
        assert fact.net_calendar == 5 * 3600
        assert cell("held.logistics").calendar_sum == 3 * 3600

    def test_custody_after_the_resolution_is_not_turnaround(self, resolved, roll_up):
        row = resolved(hours=2, parties=[("desk", 1), ("rep", 30)], closed_at=MONDAY + 31 * HOUR)
        roll_up()
        fact = RequestFact.objects.get(pk=row.pk)
        assert fact.gross_calendar == 2 * 3600
        assert fact.net_calendar == 3600
        assert fact.case_calendar == 31 * 3600

    def test_a_reopened_request_leaves_its_day_until_it_is_resolved_again(
        self, resolved, roll_up, coordinator
    ):
        row = resolved(hours=2)
        roll_up()
        row.status, row.outcome, row.reopened = "claimed", "", 1
        row.save()
        journal.record("desk.request.reopened", row, by=coordinator, at=MONDAY + 3 * HOUR)
        roll_up()
        assert not Rollup.objects.filter(measure="net").exists()
        late = MONDAY + 26 * HOUR
        row.status, row.outcome, row.resolved_at = "done", "resolved", late
        row.save()
        journal.record("desk.request.resolved", row, by=coordinator, at=late)
        roll_up()
        assert cell("net", date(2026, 11, 17)).calendar_sum == 26 * 3600
        assert cell("first_resolution").calendar_sum == 7200
        assert cell("reopened", date(2026, 11, 17)).hits == 1

    def test_leaves_out_duplicates_and_what_was_withdrawn_before_work(self, resolved, roll_up):
        resolved()
        resolved(outcome="duplicate")
        resolved(outcome="withdrawn", holder=None, first_response_at=None)
        resolved(outcome="withdrawn")  # work had begun: it counts
        roll_up()
        assert cell("net").n == 2
        assert cell("excluded.duplicate").n == cell("excluded.withdrawn").n == 1

    def test_measures_promises(self, resolved, roll_up):
        resolved(met=False, response_due_at=MONDAY + HOUR)
        resolved(met=True, response_due_at=MONDAY)
        resolved()  # nothing was promised: not applicable
        roll_up()
        assert (cell("sla_resolution").n, cell("sla_resolution").hits) == (2, 1)
        assert (cell("sla_response").n, cell("sla_response").hits) == (2, 1)

    def test_a_replay_of_the_whole_journal_changes_nothing(self, resolved, roll_up):
        for hours in (1, 2, 5):
            resolved(hours=hours)
        roll_up()
        before = rollups()
        rewind("kpis")
        assert roll_up() == 3
        assert rollups() == before

    def test_a_late_fact_moves_its_own_day_only(self, resolved, roll_up, coordinator):
        row = resolved(hours=2)
        resolved(at=MONDAY + timedelta(days=1))
        roll_up()
        other = cell("net", date(2026, 11, 17)).pk
        CustodySpan.objects.filter(request=row).update(party="rep")
        journal.record("desk.request.custody", row, by=coordinator, at=MONDAY)
        roll_up()
        assert cell("net").calendar_sum == 0
        assert cell("net", date(2026, 11, 17)).pk == other  # not even written again

    def test_a_deleted_row_takes_its_fact_away(self, resolved, roll_up, coordinator):
        row = resolved()
        roll_up()
        journal.record("desk.request.withdrawn", row, by=coordinator, at=MONDAY)
        row.delete()
        roll_up()
        assert not RequestFact.objects.exists()
        assert not Rollup.objects.filter(measure="net").exists()


class TestRebuild:
    def test_proves_the_follower_right(self, resolved, order_of, roll_up, now):
        for hours in (1, 2, 30):
            resolved(hours=hours)
        order_of()
        roll_up()
        before = rollups()
        assert services.rebuild(at=now) == 0
        assert rollups() == before

    def test_finds_a_cell_that_is_wrong(self, resolved, roll_up, now):
        resolved()
        roll_up()
        Rollup.objects.filter(measure="net").update(n=99)
        assert services.rebuild(at=now) > 0
        assert cell("net").n == 1


def rollups():
    columns = [f.column for f in Rollup._meta.concrete_fields if not f.primary_key]
    with connection.cursor() as sql:
        sql.execute(f"SELECT {', '.join(columns)} FROM kpis_rollup ORDER BY 1, 2, 3, 4")
        return sql.fetchall()
