"""When a step is due, against an oracle that walks minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followups import timing
from followups.kinds import Reader
from followups.models import Step
from kit.business_time import WorkingTime
from tests import factories

OFFICE = ((540, 1020),)
WEEK = (OFFICE,) * 5 + ((), ())
AMSTERDAM = WorkingTime(WEEK, "Europe/Amsterdam")
MINUTE = timedelta(minutes=1)


def step(amount, unit="days", anchor=""):
    return Step(amount=amount, unit=unit, anchor=anchor, clock="sender")


def at(text, zone="Europe/Amsterdam"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


class TestWorkingDays:
    def test_skip_the_weekend_and_keep_the_wall_time(self):
        assert timing.due(step(2), at("2026-11-26T10:30"), AMSTERDAM) == at("2026-11-30T10:30")

    def test_before_a_moment_they_go_back(self):
        assert timing.due(step(-3), at("2026-12-01T09:00"), AMSTERDAM) == at("2026-11-26T09:00")

    def test_a_time_outside_the_hours_moves_into_them(self):
        assert timing.due(step(1), at("2026-11-24T20:00"), AMSTERDAM) == at("2026-11-25T16:59")
        assert timing.due(step(1), at("2026-11-24T05:00"), AMSTERDAM) == at("2026-11-25T09:00")

    def test_what_happens_on_a_sunday_counts_from_monday(self):
        assert timing.due(step(1), at("2026-11-29T11:00"), AMSTERDAM) == at("2026-12-01T11:00")
        assert timing.due(step(0), at("2026-11-29T11:00"), AMSTERDAM) == at("2026-11-30T11:00")

    def test_holidays_are_no_working_days(self):
        closed = WorkingTime(WEEK, "Europe/Amsterdam", frozenset({at("2026-12-25T00:00").date()}))
        assert timing.due(step(1), at("2026-12-24T10:00"), closed) == at("2026-12-28T10:00")

    @pytest.mark.parametrize("day", ["2026-10-23", "2026-03-27"])
    def test_the_wall_time_stays_when_the_clocks_change(self, day):
        due = timing.due(step(1), at(f"{day}T10:00"), AMSTERDAM)
        assert due.astimezone(ZoneInfo("Europe/Amsterdam")).hour == 10

    @settings(max_examples=150, deadline=None)
    @given(
        st.integers(0, 700 * 24 * 60), st.integers(-15, 15),
        st.sampled_from(["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    )  # fmt: skip
    def test_land_in_the_hours_of_the_nth_working_day(self, minutes, count, zone):
        working = WorkingTime(WEEK, zone)
        moment = datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE
        due = timing.due(step(count, anchor="x"), moment, working)
        here, there = (one.astimezone(ZoneInfo(zone)).date() for one in (moment, due))
        assert working.is_open(due)
        assert walked(here, count) == there


def walked(day, count):
    """The oracle: one day after the other."""
    onward = timedelta(days=1 if count >= 0 else -1)
    while count >= 0 and day.weekday() > 4:
        day += onward
    for _ in range(abs(count)):
        day += onward
        while day.weekday() > 4:
            day += onward
    return day


class TestWorkingHours:
    def test_run_only_while_somebody_works(self):
        assert timing.due(step(4, "hours"), at("2026-11-27T15:00"), AMSTERDAM) == at(
            "2026-11-30T11:00"
        )

    def test_go_back_over_nights_and_weekends(self):
        assert timing.due(step(-4, "hours"), at("2026-11-30T11:00"), AMSTERDAM) == at(
            "2026-11-27T15:00"
        )

    @settings(max_examples=100, deadline=None)
    @given(st.integers(0, 365 * 24 * 60), st.integers(1, 60))
    def test_before_a_moment_are_as_many_as_were_asked(self, minutes, hours):
        moment = datetime(2026, 1, 5, tzinfo=UTC) + minutes * MINUTE
        due = timing.due(step(-hours, "hours", anchor="x"), moment, AMSTERDAM)
        assert AMSTERDAM.seconds_between(due, moment) == hours * 3600

    def test_a_calendar_without_hours_is_no_endless_loop(self):
        never = WorkingTime(((),) * 7, "UTC")
        with pytest.raises(Exception, match="no working hours"):
            timing.due(step(1), at("2026-11-24T10:00"), never)


class TestByTheClock:
    def test_an_hour_is_an_hour_also_when_the_clocks_change(self):
        begins = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 for the second time
        assert timing.due(step(-1, "hours", "starts_at"), begins, None) == begins - timedelta(
            hours=1
        )


@pytest.mark.django_db
class TestWhoseTime:
    def test_a_customers_is_ours_on_her_own_clock(self, coordinator):
        contact = factories.ContactFactory(zone="America/New_York")
        reader = Reader(contact.email, contact.name, contact=contact)
        working = timing.hours("reader", reader=reader, sender=coordinator)
        assert working.zone == "America/New_York"
        assert timing.hours("sender", reader=reader, sender=coordinator).zone == coordinator.zone

    def test_a_colleagues_is_that_of_her_team(self, rep, coordinator):
        rep.zone = "Asia/Tokyo"
        reader = Reader(rep.email, rep.name, user=rep)
        assert timing.hours("reader", reader=reader, sender=coordinator).zone == "Asia/Tokyo"

    def test_who_has_no_team_works_in_office_hours(self):
        reader = Reader("x@example.com", "X")
        assert timing.hours("reader", reader=reader, sender=None).zone == "Europe/Amsterdam"
        assert timing.hours("always", reader=reader, sender=None) is None
