"""Business time against a brute-force oracle that asks the wall clock minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.business_time import BusinessTimeError, WorkingTime

OFFICE = (((540, 1020),),) * 5 + ((), ())
ROUND_THE_CLOCK = (((0, 1440),),) * 7
NIGHT = (((0, 360), (1320, 1440)),) * 7
SPLIT = (((480, 720), (780, 1050)),) * 6 + ((),)
# Hours that lie across the change of the clocks are the hard ones: NIGHT has both edges there.
ZONES = [
    "UTC", "Europe/Amsterdam", "Europe/London", "America/New_York", "America/St_Johns",
    "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Auckland",
    "America/Sao_Paulo", "Asia/Kolkata", "Europe/Dublin",
]  # fmt: skip
FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def oracle(week, zone, holidays, start, end):
    """Minutes whose wall time is within working hours; start and end on whole minutes."""
    tz, total, at = ZoneInfo(zone), 0, start
    while at < end:
        wall = at.astimezone(tz)
        minute = wall.hour * 60 + wall.minute
        if wall.date() not in holidays and any(a <= minute < b for a, b in week[wall.weekday()]):
            total += 60
        at += timedelta(minutes=1)
    return total


@st.composite
def cases(draw, zones=tuple(ZONES)):
    start = FIRST + timedelta(minutes=draw(st.integers(0, 3 * 525_600)))
    length = draw(st.integers(0, 6 * 1440))
    day = (start + timedelta(days=1)).date()
    return (
        draw(st.sampled_from([OFFICE, ROUND_THE_CLOCK, NIGHT, SPLIT])),
        draw(st.sampled_from(zones)),
        frozenset({day}) if draw(st.booleans()) else frozenset(),
        start,
        start + timedelta(minutes=length),
    )


def agrees(case):
    week, zone, holidays, start, end = case
    found = WorkingTime(week, zone, holidays).seconds_between(start, end)
    assert found == oracle(week, zone, holidays, start, end)


class TestAgainstTheOracle:
    @settings(max_examples=150, deadline=None)
    @given(cases())
    def test_equals_counting_minutes(self, case):
        agrees(case)

    @pytest.mark.slow
    @settings(max_examples=20_000, deadline=None)
    @given(cases(zones=tuple(sorted(available_timezones() - {"localtime", "Factory"}))))
    def test_equals_counting_minutes_in_every_zone(self, case):
        agrees(case)

    @settings(max_examples=300, deadline=None)
    @given(cases(), st.integers(1, 500_000))
    def test_adding_and_measuring_are_inverse(self, case, seconds):
        week, zone, holidays, start, _ = case
        time = WorkingTime(week, zone, holidays)
        assert time.seconds_between(start, time.add(start, seconds)) == seconds

    @settings(max_examples=100, deadline=None)
    @given(cases())
    def test_intervals_add_up_to_the_seconds(self, case):
        week, zone, holidays, start, end = case
        time = WorkingTime(week, zone, holidays)
        total = sum((b - a).total_seconds() for a, b in time.intervals(start, end))
        assert total == time.seconds_between(start, end)

    def test_the_oracle_would_notice_a_wrong_zone(self):
        """The negative control."""
        start, end = FIRST, FIRST + timedelta(days=1)
        right = WorkingTime(OFFICE, "Asia/Tokyo").seconds_between(start, end - timedelta(hours=20))
        assert right != oracle(OFFICE, "UTC", (), start, end - timedelta(hours=20))


class TestWords:
    def test_a_night_shift_of_the_spring_change_is_an_hour_shorter(self):
        time = WorkingTime(NIGHT, "Europe/Amsterdam")
        day = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)  # midnight in Amsterdam
        assert time.seconds_between(day, day + timedelta(hours=23)) == 7 * 3600

    def test_an_absence_is_taken_out(self):
        at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        time = WorkingTime(OFFICE, "UTC", away=((at, at + timedelta(hours=2)),))
        assert time.seconds_between(at, at + timedelta(hours=3)) == 3600
        assert not time.is_open(at)
        assert time.is_open(at + timedelta(hours=2))

    def test_zero_seconds_from_the_night_is_the_next_opening(self):
        at = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
        assert WorkingTime(OFFICE, "UTC").add(at, 0) == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

    def test_a_holiday_does_not_count(self):
        time = WorkingTime(OFFICE, "UTC", frozenset({date(2026, 12, 25)}))
        assert (
            time.seconds_between(
                datetime(2026, 12, 25, tzinfo=UTC), datetime(2026, 12, 26, tzinfo=UTC)
            )
            == 0
        )

    def test_backwards_is_nothing(self):
        at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        assert WorkingTime(OFFICE, "UTC").seconds_between(at, at - timedelta(days=1)) == 0

    @pytest.mark.parametrize(
        ("week", "zone"),
        [
            ((((600, 540),),) * 7, "UTC"),
            ((((0, 60), (30, 90)),) * 7, "UTC"),
            (OFFICE, "Mars/One"),
            ((), "UTC"),
        ],
    )
    def test_nonsense_is_refused(self, week, zone):
        with pytest.raises(BusinessTimeError):
            WorkingTime(week, zone)

    def test_a_calendar_without_hours_says_so(self):
        with pytest.raises(BusinessTimeError, match="no working hours"):
            WorkingTime(((),) * 7, "UTC").add(FIRST, 60)
