"""Scenarios: played by a worker, the same for ever, taken up again, stopped."""

from datetime import timedelta

import pytest

from forecast.engine import scenario, stats
from forecast.engine.figures import little
from forecast.engine.scenario import play
from forecast.models import Replication, Scenario, Status
from forecast.services import scenarios
from forecast.services.scenarios import Refused, Wanted
from journal.models import Entry

pytestmark = pytest.mark.django_db
SMALL = {"weeks": 8, "horizon": 2, "warm_up": 1, "replications": 4, "seed": 7}


@pytest.fixture
def asked(team, manager, busy_desk, now):
    def make(name="As it is", **changes):
        return scenarios.ask(name, team, Wanted(**{**SMALL, **changes}), by=manager, at=now)

    return make


def played(row, now):
    while not row.is_over:
        scenarios.run_next(at=now)
        row.refresh_from_db()
    return row


def column(row, name):
    rows = row.played.order_by("number").values_list("figures", flat=True)
    return [one["figures"][name] for one in rows]


class TestPlaying:
    def test_a_worker_plays_it_to_the_end(self, asked, now):
        row = played(asked(), now)
        assert row.status == Status.DONE
        assert row.played.count() == 4
        assert all(0 <= share <= 1 for share in column(row, "in_promise"))
        assert Entry.objects.filter(action="forecast.scenario.asked", subject_id=row.pk).exists()

    def test_the_same_seed_gives_the_same_to_the_last_digit(self, asked, now):
        one, other = played(asked(), now), played(asked("Again"), now)
        figures = [list(r.played.order_by("number").values_list("figures")) for r in (one, other)]
        assert figures[0] == figures[1]
        third = played(asked("Other luck", seed=8), now)
        assert list(third.played.order_by("number").values_list("figures")) != figures[0]

    def test_a_killed_worker_is_taken_up_again_with_the_same_figures(self, asked, now, monkeypatch):
        whole = played(asked(), now)
        row = asked("Killed")
        real = scenarios.replicate

        def dies(plan, number):
            if number == 2:
                raise KeyboardInterrupt
            return real(plan, number)

        monkeypatch.setattr(scenarios, "replicate", dies)
        with pytest.raises(KeyboardInterrupt):
            scenarios.run_next(at=now)
        row.refresh_from_db()
        assert (row.status, row.played.count()) == (Status.RUNNING, 2)
        monkeypatch.setattr(scenarios, "replicate", real)
        assert scenarios.run_next(at=now + timedelta(minutes=1)) is None  # the lease still runs
        scenarios.run_next(at=now + timedelta(minutes=5))
        row.refresh_from_db()
        assert row.status == Status.DONE
        assert column(row, "turn_mean") == column(whole, "turn_mean")

    def test_what_is_stopped_is_not_played_on(self, asked, manager, now, monkeypatch):
        row = asked()
        real = scenarios.replicate

        def stopped(plan, number):
            if number == 1:
                scenarios.stop(Scenario.objects.get(pk=row.pk), by=manager, at=now)
            return real(plan, number)

        monkeypatch.setattr(scenarios, "replicate", stopped)
        scenarios.run_next(at=now)
        row.refresh_from_db()
        assert (row.status, row.played.count()) == (Status.STOPPED, 1)
        with pytest.raises(Refused, match="over already"):
            scenarios.stop(row, by=manager, at=now)

    def test_too_little_past_is_said_and_nothing_is_played(self, team, manager, coordinator, now):
        row = scenarios.ask("Early", team, Wanted(**SMALL), by=manager, at=now)
        scenarios.run_next(at=now)
        row.refresh_from_db()
        assert row.status == Status.REFUSED
        assert "has 0 from 0 days so far" in row.problem
        assert not Replication.objects.exists()

    def test_a_team_without_coordinators_is_refused(self, team, manager, now):
        with pytest.raises(Refused, match="no coordinator"):
            scenarios.ask("Nobody", team, Wanted(**SMALL), by=manager, at=now)


class TestWhatChanges:
    def test_one_more_helps_and_twice_the_work_hurts(self, asked, now):
        base = played(asked(), now)
        more = played(asked("One more", extra=1), now)
        slow = played(asked("Twice the work", service=100), now)
        for better, worse in ((more, base), (base, slow)):
            pairs = column(better, "turn_mean"), column(worse, "turn_mean")
            gap = stats.difference(*pairs, paired=True)
            assert gap.mean > 0
        assert scenarios.same_luck(base, more)

    def test_growth_of_a_type_brings_more_of_it_at_the_same_moments(self, asked, now, kinds):
        base = played(asked(), now)
        grown = played(asked("Growth", growth={str(kinds[0].pk): 50}), now)
        more = sum(column(grown, "arrived")) / sum(column(base, "arrived"))
        assert 1.2 < more < 1.6

    def test_hours_set_by_hand_win_over_more_people(self, asked, now):
        row = played(asked("Monday mornings off", extra=1, hours={"9": 0}), now)
        assert (row.basis["hours"]["9"], row.basis["hours"]["10"]) == (0, 2)

    def test_a_run_that_breaks_littles_law_gives_no_figures(self, asked, now, monkeypatch):
        row = played(asked(), now)
        real = scenario.play

        def forgets(plan, number):
            run = real(plan, number)
            run.inside += 60.0
            return run

        scenario.replicate(scenarios.plan_of(row), 0)
        monkeypatch.setattr(scenario, "play", forgets)
        with pytest.raises(scenario.BrokenLaw):
            scenario.replicate(scenarios.plan_of(row), 0)

    def test_the_queue_keeps_littles_law(self, asked, now):
        row = played(asked(), now)
        run = play(scenarios.plan_of(row), 0)
        area, stays = little(run)
        assert area == pytest.approx(stays, rel=1e-9)
        assert len(run.jobs) > 20


class TestFit:
    def test_the_played_past_takes_as_long_as_the_real_one(self, asked, now):
        row = played(asked(horizon=8, replications=10), now)
        real = row.learned.measured["turn_mean"]
        assert 0.02 <= row.learned.data["share"] <= 1
        assert sum(column(row, "turn_mean")) / 10 == pytest.approx(real, rel=0.35)
