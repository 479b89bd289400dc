"""Targets, notes, watches and signals: what people say, and who is told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kpis import services
from kpis.definitions import KPIS
from kpis.models import ALL, Note, Signal, Target, Watch
from kpis.queries.filters import Filters
from kpis.queries.judged import met, target_of
from notices.models import Notice
from tests.kpis.conftest import MONDAY

pytestmark = pytest.mark.django_db(transaction=True)
NET = KPIS["turnaround"].measure("net")
NOVEMBER = Filters(date(2026, 11, 1), date(2026, 11, 30))
PAGE = "/kpis/turnaround/?from=2026-11-16&to=2026-11-22"


def set_target(manager, value, **where):
    values = {"team_id": ALL, "type_id": ALL, "since": date(2026, 1, 1)} | where
    return services.set_target("net", value, by=manager, at=MONDAY, **values)


class TestTargets:
    def test_the_narrower_one_counts_then_the_newer(self, manager, team):
        set_target(manager, 100)
        set_target(manager, 90, since=date(2026, 11, 10))
        set_target(manager, 50, team_id=team.pk)
        assert target_of(NET, NOVEMBER).value == 90
        assert target_of(NET, Filters(NOVEMBER.start, NOVEMBER.end, team=team.pk)).value == 50

    def test_one_for_no_team_counts_there_and_nowhere_else(self, manager):
        set_target(manager, 30, team_id=0)
        assert target_of(NET, Filters(NOVEMBER.start, NOVEMBER.end, team=0)).value == 30
        assert target_of(NET, NOVEMBER) is None

    def test_an_old_period_keeps_its_old_target(self, manager):
        set_target(manager, 100)
        set_target(manager, 90, since=date(2026, 11, 10))
        assert target_of(NET, Filters(date(2026, 10, 1), date(2026, 10, 31))).value == 100

    @pytest.mark.parametrize(
        ("name", "value", "is_met"),
        [("net", 99, True), ("net", 101, False), ("reopened", 0.9, True)],
    )
    def test_low_is_met_below_for_what_is_better_low(self, name, value, is_met):
        target = Target(measure=name, value=100 if name == "net" else 1, since=MONDAY.date())
        assert met(KPIS["turnaround"].measure(name), value, target) is is_met

    def test_is_typed_in_hours_and_shown_in_the_trend(self, client, manager, resolved, roll_up):
        resolved(hours=2)
        roll_up()
        client.force_login(manager)
        post = {"value": "4", "since": "2026-11-01"}
        answer = client.post(PAGE.replace("/?", "/target/?"), post, follow=True)
        assert Target.objects.get().value == 4 * 3600
        assert 'class="goal"' in answer.content.decode()

    @pytest.mark.parametrize("bad", [{"value": "-1"}, {"value": "x"}, {"since": "0001-01-01"}])
    def test_a_bad_one_is_said_and_what_was_typed_stays(self, bad, client, manager):
        client.force_login(manager)
        answer = client.post(
            PAGE.replace("/?", "/target/?"), {"value": "4", "since": "2026-11-01"} | bad
        )
        assert answer.status_code == 422
        assert next(iter(bad.values())) in answer.content.decode()
        assert not Target.objects.exists()

    def test_coordinators_may_not_set_one(self, client, coordinator):
        client.force_login(coordinator)
        post = {"value": "4", "since": "2026-11-01"}
        assert client.post("/kpis/turnaround/target/", post).status_code == 403


class TestNotes:
    def test_a_note_marks_its_week_and_can_go(self, client, manager, resolved, roll_up):
        resolved(hours=2)
        roll_up()
        client.force_login(manager)
        post = {"words": "New price list", "day": "2026-11-17"}
        page = client.post(PAGE.replace("/?", "/notes/?"), post, follow=True).content.decode()
        assert "W47: New price list" in page
        note = Note.objects.get()
        client.post(f"/kpis/notes/{note.pk}/remove/", {"page": "turnaround"})
        assert not Note.objects.exists()

    def test_a_double_click_writes_one(self, client, manager):
        client.force_login(manager)
        post = {"words": "Strike", "day": "2026-11-17", "idempotency_key": "once-and-once"}
        for _ in range(2):
            client.post("/kpis/turnaround/notes/", post)
        assert Note.objects.count() == 1


def weeks(resolved, roll_up, hours):
    """One request a week, as long as said; the last week ends before Monday, 23 November."""
    start = MONDAY - timedelta(days=7 * (len(hours) - 1))
    for n, long in enumerate(hours):
        resolved(at=start + timedelta(days=7 * n), hours=long)
    roll_up()


class TestSignals:
    SUNDAY_OVER = datetime(2026, 11, 23, 6, tzinfo=UTC)

    def test_a_week_beyond_the_limits_is_told_once_to_who_watches(
        self, resolved, roll_up, manager, coordinator
    ):
        weeks(resolved, roll_up, [2, 2.2, 1.9, 2.1, 2, 1.8, 2.1, 7])
        services.watch(manager, kpi="turnaround", team_id=ALL, at=MONDAY)
        assert services.look_for_signals(at=self.SUNDAY_OVER) > 0
        assert services.look_for_signals(at=self.SUNDAY_OVER) == 0
        signal = Signal.objects.get(kpi="turnaround", team_id=ALL)
        assert (signal.week, signal.words) == (
            date(2026, 11, 16), "Signal: the last period is above the usual range.",
        )  # fmt: skip
        told = Notice.objects.filter(kind="kpi_signal")
        assert [notice.user for notice in told] == [manager]

    def test_noise_is_told_to_nobody(self, resolved, roll_up, manager):
        weeks(resolved, roll_up, [2, 2.2, 1.9, 2.1, 2, 1.8, 2.1, 2.2])
        services.watch(manager, kpi="turnaround", team_id=ALL, at=MONDAY)
        assert services.look_for_signals(at=self.SUNDAY_OVER) == 0
        assert not Notice.objects.filter(kind="kpi_signal").exists()

    def test_a_week_that_is_not_over_is_not_judged(self, resolved, roll_up):
        weeks(resolved, roll_up, [2, 2.2, 1.9, 2.1, 2, 1.8, 2.1, 7])
        assert services.look_for_signals(at=self.SUNDAY_OVER - timedelta(days=2)) == 0

    def test_who_may_not_see_kpis_any_more_hears_nothing(self, resolved, roll_up, rep):
        weeks(resolved, roll_up, [2, 2.2, 1.9, 2.1, 2, 1.8, 2.1, 7])
        Watch.objects.create(user=rep, kpi="turnaround")
        services.look_for_signals(at=self.SUNDAY_OVER)
        assert not Notice.objects.filter(kind="kpi_signal").exists()

    def test_the_button_begins_and_ends_it(self, client, manager):
        client.force_login(manager)
        client.post("/kpis/turnaround/watch/", {"on": "1"})
        assert Watch.objects.filter(user=manager, kpi="turnaround", team_id=ALL).exists()
        client.post("/kpis/turnaround/watch/", {"on": "0"})
        assert not Watch.objects.exists()


def test_a_narrow_page_does_not_offer_to_send_what_a_mail_would_say_otherwise(client, manager):
    client.force_login(manager)
    assert "/reports/view/" in client.get(PAGE).content.decode()
    assert "/reports/view/" not in client.get(f"{PAGE}&rep={manager.pk}").content.decode()


def test_downloads_come_as_workbooks(client, manager, resolved, roll_up):
    import io

    from openpyxl import load_workbook

    resolved(hours=2)
    roll_up()
    client.force_login(manager)
    for name, first in (("figures", "Net turnaround (T3)"), ("rows", "R-")):
        answer = client.get(PAGE.replace("/?", f"/{name}.xlsx?"))
        cells = list(load_workbook(io.BytesIO(b"".join(answer))).active.values)
        assert any(str(value).startswith(first) for row in cells[1:] for value in row)
