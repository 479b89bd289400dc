"""Closed months: written down once, restated with a reason, never moved in silence."""

from datetime import UTC, datetime, timedelta

import pytest

from journal import services as journal
from kpis import services
from kpis.definitions import KPIS
from kpis.models import ALL, Frozen, LateFact, Restatement
from kpis.queries.filters import Filters
from kpis.queries.judged import closed_months
from tests.kpis.conftest import MONDAY

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER = datetime(2026, 10, 12, 8, tzinfo=UTC)
ELEVENTH = datetime(2026, 11, 11, 9, tzinfo=UTC)
TENTH = datetime(2026, 11, 10, 9, tzinfo=UTC)


def october(measure="net", **cell):
    where = {"team_id": ALL, "type_id": ALL} | cell
    return Frozen.objects.get(measure=measure, month="2026-10-01", **where)


class TestClosing:
    def test_a_month_is_closed_ten_days_after_its_end_and_once(self, resolved, roll_up, team):
        resolved(at=OCTOBER, hours=2)
        roll_up()
        assert services.close_months(at=TENTH) == 0
        assert services.close_months(at=ELEVENTH) == 1
        assert services.close_months(at=ELEVENTH) == 0
        row = october()
        assert (row.figures["n"], row.figures["calendar"]["median"]) == (1, 7200)
        assert october(team_id=team.pk).figures == row.figures

    def test_shares_keep_their_value_and_counts(self, resolved, roll_up):
        for met in (True, True, False):
            resolved(at=OCTOBER, met=met)
        roll_up()
        services.close_months(at=ELEVENTH)
        found = october("sla_resolution").figures
        assert (found["n"], found["hits"], found["value"]) == (3, 2, pytest.approx(2 / 3, abs=1e-6))

    def test_a_late_fact_restates_it_with_was_is_and_why(self, resolved, roll_up, coordinator):
        row = resolved(at=OCTOBER, hours=2)
        roll_up()
        services.close_months(at=ELEVENTH)
        row.outcome = "duplicate"
        row.save()
        journal.record("desk.request.duplicate", row, by=coordinator, at=ELEVENTH)
        roll_up(ELEVENTH)
        assert services.restate(at=ELEVENTH) > 0
        period = Filters(OCTOBER.date(), ELEVENTH.date(), clock="calendar")
        found = closed_months(KPIS["turnaround"].measure("net"), period)[0]
        assert (found.was["n"], found.now["n"]) == (1, 0)
        assert found.restatements[0].why == (
            "1 request changed after the month was closed: Marked as a duplicate."
        )
        assert october().figures["n"] == 1  # what was written down stays
        assert services.restate(at=ELEVENTH) == 0

    def test_what_happens_in_an_open_month_restates_nothing(self, resolved, roll_up, coordinator):
        resolved(at=OCTOBER, hours=2)
        roll_up()
        services.close_months(at=ELEVENTH)
        resolved(at=MONDAY, hours=2)
        roll_up()
        assert not LateFact.objects.exists()
        assert services.restate(at=MONDAY) == 0

    def test_an_entry_that_changes_no_figure_is_no_late_fact(self, resolved, roll_up, coordinator):
        row = resolved(at=OCTOBER, hours=2)
        roll_up()
        services.close_months(at=ELEVENTH)
        journal.record("desk.request.tagged", row, by=coordinator, at=ELEVENTH)
        roll_up(ELEVENTH)
        assert not LateFact.objects.exists()

    def test_a_second_restatement_compares_with_the_first(self, resolved, roll_up, coordinator):
        row = resolved(at=OCTOBER, hours=2)
        roll_up()
        services.close_months(at=ELEVENTH)
        for outcome, action in (("duplicate", "duplicate"), ("resolved", "resolved")):
            row.outcome = outcome
            row.save()
            at = ELEVENTH + timedelta(hours=1 if outcome == "resolved" else 0)
            journal.record(f"desk.request.{action}", row, by=coordinator, at=at, data={"met": None})
            roll_up(at)
            services.restate(at=at)
        again = list(Restatement.objects.filter(frozen=october()).order_by("at"))
        assert [(r.was["n"], r.now["n"]) for r in again] == [(1, 0), (0, 1)]


class TestRebuild:
    def test_equals_what_the_follower_kept(self, resolved, order_of, roll_up):
        for hours in (1, 5, 30):
            resolved(hours=hours)
        order_of()
        roll_up()
        told = []
        at = datetime(2026, 11, 24, tzinfo=UTC)
        assert services.rebuild(at=at, tell=lambda *words: told.append(words)) == 0
        assert ("desk.salesrequest", 3, 3) in told

    def test_finds_a_fact_that_somebody_changed(self, resolved, roll_up):
        """The negative control."""
        from kpis.models import RequestFact

        row = resolved(hours=1)
        roll_up()
        RequestFact.objects.filter(pk=row.pk).update(net_calendar=1)
        assert services.rebuild(at=datetime(2026, 11, 24, tzinfo=UTC)) == 2

    def test_counts_in_the_hours_that_counted_then(self, resolved, roll_up, team, manager):
        """A calendar that is changed today does not re-target yesterday."""
        from kpis.models import RequestFact
        from people.services.calendars import change_calendar

        row = resolved(at=OCTOBER, hours=24)  # 10:00 to 10:00: eight hours of work
        roll_up()
        before = RequestFact.objects.get(pk=row.pk).net_business
        calendar = team.calendar
        hours = [[["08:00", "10:00"]]] * 7
        change_calendar(
            calendar, name=calendar.name, zone=calendar.zone, hours=hours, seen=calendar.version,
            by=manager, at=ELEVENTH,
        )  # fmt: skip
        assert before == 8 * 3600
        assert services.rebuild(at=MONDAY) == 0
        later = resolved(at=MONDAY, hours=24)
        roll_up()
        assert RequestFact.objects.get(pk=later.pk).net_business == 2 * 3600
