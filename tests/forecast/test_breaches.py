"""What is said of promises, and what it was worth."""

from datetime import timedelta

import pytest

from forecast.models import BreachForecast, Learned
from forecast.queries import past
from forecast.services import breaches, looking_back
from people.models import Absence
from tests.forecast.conftest import HOUR

pytestmark = pytest.mark.django_db


def latest(team):
    return BreachForecast.objects.get(team=team, kept=False)


class TestPast:
    def test_two_things_in_her_hands_at_once_take_half_of_her_each(self, team, ask, now):
        morning = now.replace(hour=9)
        ask(morning, 0, 2 * HOUR)
        ask(morning, 0, 2 * HOUR)
        axis = past.axis_for(team, now - timedelta(days=7), now + timedelta(days=2))
        rows = past.read(team, now - timedelta(days=7), now + timedelta(days=2))
        hands = past.Hands(rows, axis, now.timestamp() + 1e6)
        lives = [past.life_of(row, axis, hands) for row in rows]
        assert [life.steps for life in lives] == [((0, pytest.approx(HOUR)),)] * 2

    def test_the_time_of_the_requester_is_a_pause_and_nights_count_for_nothing(
        self, team, ask, now
    ):
        evening = now.replace(hour=15)  # 16:00 in Amsterdam: an hour is left
        row = ask(evening, 0, HOUR // 2, away=HOUR)
        axis = past.axis_for(team, now - timedelta(days=7), now + timedelta(days=2))
        (one,) = past.read(team, now - timedelta(days=7), now + timedelta(days=2))
        life = past.life_of(one, axis, past.Hands([one], axis, one.ended))
        assert life.steps == ((0, pytest.approx(1800)), (2, pytest.approx(3600)))
        assert row.closed_at.date() > evening.date()
        assert past.running(one, axis, one.ended) == pytest.approx(1800)

    def test_a_promise_breaks_when_its_time_has_run_not_when_it_is_done(self, team, ask, now):
        ask(now - timedelta(days=5), 0, 10 * HOUR)
        ask(now - timedelta(days=5), 0, 5 * HOUR)
        since = now - timedelta(days=7)
        axis = past.axis_for(team, since, now + timedelta(days=2))
        late, kept = past.read(team, since, now)
        start = axis.clock(late.submitted)
        assert past.broke_at(late, axis) - start == pytest.approx(6 * HOUR)
        assert past.broke_at(kept, axis) is None


class TestSaying:
    def test_says_how_many_may_break_with_a_band_and_which(self, team, ask, busy_desk, now):
        hopeless = ask(now - timedelta(hours=24), None, due_at=now + timedelta(minutes=1))
        safe = ask(now - timedelta(minutes=1), None, kind=1, due_at=now + timedelta(days=20))
        assert breaches.refresh(at=now) == 1
        said = latest(team)
        assert said.missing == ""
        assert said.week["low"] <= said.week["expected"] <= said.week["high"]
        assert said.today["expected"] <= said.week["expected"]
        chances = {c.request_id: c for c in said.chances.all()}
        assert chances[hopeless.pk].today > 0.95
        assert "Nobody has it yet" in chances[hopeless.pk].why
        assert chances[safe.pk].week < 0.05

    def test_the_same_moment_says_the_same(self, team, busy_desk, now):
        breaches.refresh(at=now)
        first = latest(team)
        kept = (first.today, first.week)
        BreachForecast.objects.all().delete()
        breaches.refresh(at=now)
        assert (latest(team).today, latest(team).week) == kept

    def test_is_not_made_again_within_minutes(self, busy_desk, now):
        assert breaches.refresh(at=now) == 1
        assert breaches.refresh(at=now + timedelta(minutes=2)) == 0
        assert breaches.refresh(at=now + timedelta(minutes=5)) == 1

    def test_says_how_much_is_missing_when_the_past_is_short(self, team, ask, now):
        ask(now - timedelta(days=3))
        breaches.refresh(at=now)
        said = latest(team)
        assert said.missing == (
            "It takes 30 finished requests from 14 days or more to learn from. "
            "Rotterdam desk has 1 from 2 days so far."
        )
        assert not said.chances.exists()

    def test_the_first_of_a_day_is_kept(self, team, busy_desk, now):
        breaches.refresh(at=now)
        breaches.refresh(at=now + timedelta(minutes=10))
        kept = BreachForecast.objects.get(team=team, kept=True)
        assert kept.made_at == now
        assert kept.chances.exists()

    def test_with_nobody_there_more_breaks(self, team, coordinator, busy_desk, now):
        breaches.refresh(at=now)
        before = latest(team).week["expected"]
        Absence.objects.create(
            user=coordinator, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=9)
        )
        breaches.refresh(at=now + timedelta(minutes=6))
        assert latest(team).week["expected"] > before + 3
        assert Learned.objects.count() == 1

    def test_at_night_it_speaks_of_the_next_working_day(self, team, busy_desk, now):
        friday_night = now + timedelta(days=3, hours=13)
        breaches.refresh(at=friday_night)
        said = latest(team)
        assert said.day == (now + timedelta(days=6)).date()
        assert not BreachForecast.objects.filter(kept=True).exists()


class TestLookingBack:
    def test_old_days_are_said_again_from_what_was_known_then(self, team, busy_desk, now):
        day = (now - timedelta(days=4)).date()
        said = looking_back.replay(team, day)
        assert said.replayed
        assert said.missing == ""
        assert looking_back.settle(team, at=now) == 1
        said.refresh_from_db()
        assert said.happened is not None
        assert not said.chances.filter(broke=None).exists()

    def test_what_came_later_changes_nothing_that_was_said(self, team, ask, busy_desk, now):
        day = (now - timedelta(days=4)).date()
        before = looking_back.replay(team, day)
        chances = list(
            before.chances.order_by("request_id").values_list("request_id", "today", "week")
        )
        before.delete()
        for n in range(10):
            ask(now - timedelta(days=2, minutes=n), None, due_at=now)
        again = looking_back.replay(team, day)
        assert (
            list(again.chances.order_by("request_id").values_list("request_id", "today", "week"))
            == chances
        )
        assert again.today == before.today

    def test_a_promise_that_broke_is_found(self, team, ask, busy_desk, now):
        day = now - timedelta(days=4)
        row = ask(day.replace(hour=15) - timedelta(days=1), 0, 8 * HOUR)  # 6 h promised, 8 taken
        said = looking_back.replay(team, day.date())
        looking_back.settle(team, at=now)
        said.refresh_from_db()
        assert said.happened >= 1
        assert said.chances.get(request_id=row.pk).broke

    def test_weekends_are_no_days_to_look_back_upon(self, team, busy_desk, now):
        days = looking_back.days_without(team, at=now)
        assert len(days) == looking_back.DAYS
        assert all(day.weekday() < 5 for day in days)
        assert days[0] == (now - timedelta(days=1)).date()


class TestNoHours:
    def test_a_team_that_never_works_stops_nobody_else(self, team, busy_desk, rep, kinds, now):
        from desk.models import SalesRequest
        from tests import factories

        lazy = factories.TeamFactory(calendar=factories.CalendarFactory(hours=[[]] * 7))
        SalesRequest.objects.create(
            type=kinds[0],
            team=lazy,
            subject="Hello?",
            requester=rep,
            party_since=now,
            submitted_at=now,
        )
        assert breaches.refresh(at=now) == 1
        assert looking_back.look_back(at=now) >= 0
        assert not BreachForecast.objects.filter(team=lazy).exists()
