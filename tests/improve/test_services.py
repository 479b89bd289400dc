"""Runs, decisions, and what became of them."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from desk import services as desk
from desk.models import RequestType
from improve import follow, services
from improve.detectors import REGISTRY
from improve.models import MOVES, IllegalMove, Run, State, Suggestion
from improve.period import Period
from improve.services.following import follow_all
from journal.models import Entry
from notices.models import Notice
from tests.improve.conftest import DAY

pytestmark = pytest.mark.django_db


def run(now):
    services.ask_run(by=None, at=now)
    return services.run_next(at=now)


class TestRuns:
    def test_the_same_evidence_is_the_same_suggestion(self, sent_back, now):
        first = run(now)
        (row,) = Suggestion.objects.all()
        again = run(now + DAY)
        (same,) = Suggestion.objects.all()
        assert (first.status, again.status, first.raised) == ("done", "done", 1)
        assert row.pk == same.pk
        assert same.last_found_at == now + DAY
        assert Entry.objects.filter(action="improve.suggestion.found").count() == 1

    def test_asking_twice_is_one_run(self, now, manager):
        first, second = (services.ask_run(by=manager, at=now) for _ in range(2))
        assert first == second
        with pytest.raises(IntegrityError), transaction.atomic():
            Run.objects.create(asked_at=now)

    def test_nothing_waits_nothing_runs(self, now):
        assert services.run_next(at=now) is None

    def test_each_night_one_and_by_day_only_after_a_long_time(self, now):
        night = now.replace(hour=2)
        assert services.ask_nightly(at=night) is not None
        services.run_next(at=night)
        assert services.ask_nightly(at=night + timedelta(minutes=15)) is None
        assert services.ask_nightly(at=night + timedelta(hours=10)) is None
        assert services.ask_nightly(at=night + timedelta(hours=40)) is not None

    def test_one_that_fails_says_why_and_leaves_the_list(self, now, suggestion, monkeypatch):
        row = suggestion()

        def broken(period):
            raise ValueError("No such column.")

        monkeypatch.setattr(REGISTRY["missing"], "read", broken)
        failed = run(now)
        row.refresh_from_db()
        assert (failed.status, failed.problem) == ("failed", "No such column.")
        assert row.stands

    def test_what_is_found_no_more_stands_no_more_and_comes_back(self, sent_back, now):
        run(now)
        sent_back.is_active = False
        sent_back.save()
        run(now)
        assert not Suggestion.objects.get().stands
        sent_back.is_active = True
        sent_back.save()
        run(now)
        assert Suggestion.objects.get().stands

    def test_managers_are_told_of_a_strong_one_once(self, sent_back, manager, coordinator, now):
        run(now)
        run(now + DAY)
        (notice,) = Notice.objects.filter(kind="suggestion")
        assert notice.user == manager
        assert "PO number" in notice.title
        assert notice.link == f"/improve/{Suggestion.objects.get().pk}/"

    def test_a_weak_one_is_not_told(self, sent_back, manager, now, monkeypatch):
        from improve.services import running

        monkeypatch.setattr(running, "STRONG", 0.0)
        run(now)
        assert Suggestion.objects.exists()
        assert not Notice.objects.filter(kind="suggestion").exists()


class TestDecisions:
    def test_every_state_is_a_key_and_leads_somewhere(self):
        assert set(MOVES) == set(State)
        assert all(targets for targets in MOVES.values())

    def test_accepting_keeps_what_is_expected(self, suggestion, manager, now):
        row = suggestion()
        services.accept(row, by=manager, at=now)
        services.accept(row, by=manager, at=now)
        row.refresh_from_db()
        assert (row.state, row.expected, row.expected_low) == ("accepted", 40.0, 30.0)
        assert Entry.objects.filter(action="improve.suggestion.accepted").count() == 1

    def test_what_was_dismissed_stays_quiet_until_half_as_much_again_is_lost(
        self, sent_back, manager, now
    ):
        run(now)
        row = Suggestion.objects.get()
        services.dismiss(row, reason="They rarely have one.", by=manager, at=now)
        run(now + DAY)
        row.refresh_from_db()
        assert row.state == "dismissed"
        row.quiet_below = row.hours * 0.9  # as if it had been smaller then
        row.save()
        run(now + DAY)
        row.refresh_from_db()
        assert (row.state, row.reason) == ("new", "")
        assert Entry.objects.filter(action="improve.suggestion.grown").count() == 1

    def test_a_dismissal_says_why_and_can_be_taken_back(self, suggestion, manager, now):
        row = suggestion()
        with pytest.raises(services.NoReason):
            services.dismiss(row, reason="  ", by=manager, at=now)
        services.dismiss(row, reason="Not now", by=manager, at=now)
        with pytest.raises(IllegalMove, match="already “dismissed”"):
            services.accept(row, by=manager, at=now)
        services.open_again(row, by=manager, at=now)
        assert row.state == "looked"

    @pytest.mark.parametrize("days", [0, 181])
    def test_nobody_puts_it_off_for_ever(self, days, suggestion, manager, now):
        with pytest.raises(services.BadDay):
            services.snooze(suggestion(), days=days, by=manager, at=now)

    @pytest.mark.parametrize("days", [1, -400])
    def test_a_change_lies_within_the_last_year(self, days, suggestion, manager, now):
        row = suggestion()
        services.accept(row, by=manager, at=now)
        with pytest.raises(services.BadDay):
            services.made(row, on=(now + days * DAY).date(), by=manager, at=now)

    def test_taking_back_forgets_what_was_expected(self, suggestion, manager, now):
        row = suggestion()
        services.accept(row, by=manager, at=now)
        services.take_back(row, by=manager, at=now)
        assert (row.state, row.expected, row.accepted_at) == ("looked", None, None)

    def test_a_comment_needs_words(self, suggestion, coordinator, now):
        row = suggestion()
        with pytest.raises(services.Unsaid):
            services.comment(row, body=" ", by=coordinator, at=now)
        assert services.comment(row, body="True.", by=coordinator, at=now).body == "True."


class TestFollowed:
    @pytest.fixture
    def before_and_after(self, type_of, asked, rep, now):
        """`before_and_after(weeks)`: two requests a day, half of them without a PO number and then with
        the rep for four hours; since `weeks` ago all have one."""

        def make(weeks, helps=True):
            kind = type_of("order")
            since = now - weeks * 7 * DAY

            chance = np.random.default_rng(8).random(356) < 0.5

            def missing(i):
                return chance[i] and not (helps and now - (1 + i * 178 / 356) * DAY >= since)

            asked(kind, 356, lambda i: [("desk", 1, None), *([("rep", 4, rep)] if missing(i) else [])],
                  lambda i: {} if missing(i) else {"po": "PO-1"})  # fmt: skip
            return kind, since

        return make

    def accepted(self, suggestion, kind, manager, since):
        row = suggestion(about={"type": kind.pk, "field": "po", "label": "PO number"})
        services.accept(row, by=manager, at=since)
        return row

    def test_a_change_that_works_is_a_signal_with_the_hours_it_saved(
        self, before_and_after, suggestion, manager, now
    ):
        kind, since = before_and_after(10)
        row = self.accepted(suggestion, kind, manager, since)
        services.made(row, on=since.date(), by=manager, at=now)
        row.refresh_from_db()
        assert (row.state, row.followed["verdict"]) == ("worked", "signal")
        assert row.followed["words"].startswith("Signal")
        assert row.followed["saved"] == pytest.approx(30.4 * 4, rel=0.1)
        assert row.followed["saved_low"] < row.followed["saved"] < row.followed["saved_high"]
        assert row.followed["since"] == 15 or row.followed["since"] == 16

    def test_one_that_changes_nothing_is_noise(self, before_and_after, suggestion, manager, now):
        kind, since = before_and_after(10, helps=False)
        row = self.accepted(suggestion, kind, manager, since)
        services.made(row, on=since.date(), by=manager, at=now)
        assert (row.state, row.followed["verdict"]) == ("not_worked", "noise")

    def test_nothing_is_said_before_four_full_weeks(
        self, before_and_after, suggestion, manager, now
    ):
        kind, since = before_and_after(2)
        row = self.accepted(suggestion, kind, manager, since)
        services.made(row, on=since.date(), by=manager, at=now)
        assert (row.state, row.followed["verdict"]) == ("done", "wait")
        assert "until something can be said" in row.followed["words"]

    def test_the_portal_notices_by_itself_that_the_change_was_made(
        self, before_and_after, suggestion, manager, now
    ):
        kind, since = before_and_after(6)
        row = self.accepted(suggestion, kind, manager, since)
        row.change = {**row.change, "watch": ["desk.type.saved", kind.pk, "desk.requesttype"]}
        row.save()
        follow_all(at=now)
        row.refresh_from_db()
        assert row.state == "accepted"
        form = [kind.form[0], {**kind.form[1], "required": True}]
        desk.save_type(RequestType.objects.get(pk=kind.pk), by=manager, at=since, form=form)
        follow_all(at=now)
        row.refresh_from_db()
        assert row.changed_on == since.date()
        assert row.state in {"done", "worked"}

    def test_weeks_beyond_those_that_are_over_are_left_out(self, before_and_after, now):
        kind, since = before_and_after(3)
        detector = REGISTRY["missing"]
        unit = detector.again(
            {"type": kind.pk, "field": "po", "label": "PO"}, Period(follow.start_of(since), now)
        )
        found = follow.follow(detector, unit, change=since, at=now)
        assert len(found.weeks) - found.since == 3
        assert found.before == pytest.approx(30.4 * 4, rel=0.1)
