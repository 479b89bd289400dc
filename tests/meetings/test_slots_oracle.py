"""The slot finder against an oracle that asks everybody's wall clock minute by minute."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from meetings import slots
from meetings.models import Booking
from meetings.slots import free
from people.models import Absence, Holiday
from tests import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
ZONES = ("Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
         "America/St_Johns", "Pacific/Kiritimati")  # fmt: skip
# The days around which clocks change somewhere in that list, and a quiet one.
DAYS = (date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25),
        date(2026, 11, 1), date(2026, 11, 24), date(2026, 12, 31))  # fmt: skip
HOURS = (
    [["09:00", "17:00"]],
    [["09:00", "12:00"], ["12:00", "17:00"]],  # no break, written as two
    [["08:30", "12:00"], ["13:15", "18:00"]],
    [["00:00", "08:00"]],
    [["00:00", "24:00"]],
    [],
)


@dataclass
class Person:
    """Who must come: hours of each day, zone, holidays, and (from, until) away or booked."""

    zone: str
    week: list
    holidays: list = field(default_factory=list)
    away: list = field(default_factory=list)
    booked: list = field(default_factory=list)

    def is_free(self, at):
        """At this minute, by the wall clock."""
        wall = at.astimezone(ZoneInfo(self.zone))
        if wall.date() in self.holidays:
            return False
        if any(start <= at < end for start, end in [*self.away, *self.booked]):
            return False
        minute = f"{wall:%H:%M}"
        return any(start <= minute < end for start, end in self.week[wall.weekday()])

    def saved(self):
        """The same person in the database."""
        calendar = factories.CalendarFactory(hours=self.week, zone="UTC")
        for on in self.holidays:
            Holiday.objects.create(calendar=calendar, on=on, name="Feast")
        team = factories.TeamFactory(calendar=calendar)
        user = factories.UserFactory(team=team, zone=self.zone)
        for start, end in self.away:
            Absence.objects.create(user=user, starts_at=start, ends_at=end)
        for start, end in self.booked:
            Booking.objects.create(user=user, during=DateTimeTZRange(start, end))
        return user


def oracle(people, minutes, start, end):
    """Every quarter of an hour at which all are free for so many minutes."""
    count = int((end - start) / MINUTE)
    free = [all(p.is_free(start + n * MINUTE) for p in people) for n in range(count)]
    return [
        start + n * MINUTE
        for n in range(count - minutes + 1)
        if (start + n * MINUTE).minute % 15 == 0 and all(free[n : n + minutes])
    ]


@st.composite
def cases(draw):
    """(people, minutes, from, until)"""
    start = datetime.combine(draw(st.sampled_from(DAYS)), datetime.min.time(), UTC)
    start += draw(st.integers(-1_440, 600)) * MINUTE
    end = start + draw(st.integers(60, 2_880)) * MINUTE

    def stretches(most):
        found = []
        for _ in range(draw(st.integers(0, most))):
            one = start + draw(st.integers(-120, 2_880)) * MINUTE
            other = one + draw(st.integers(1, 600)) * MINUTE
            if not any(a < other and one < b for a, b in found):
                found.append((one, other))
        return sorted(found)

    people = [
        Person(
            zone=draw(st.sampled_from(ZONES)),
            week=[draw(st.sampled_from(HOURS)) for _ in range(7)],
            holidays=draw(st.lists(st.sampled_from(DAYS), max_size=2, unique=True)),
            away=stretches(2), booked=stretches(3),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    return people, draw(st.sampled_from([5, 15, 30, 45, 60, 95])), start, end


def found(people, minutes, start, end):
    """What the slot finder offers, in the order of time; nothing stays in the database."""
    with transaction.atomic():
        users = [person.saved() for person in people]
        wanted = slots.Wanted(
            attendees=users, minutes=minutes, window_from=start, window_until=end, at=start
        )
        offers = slots.find_slots(wanted, limit=10_000)
        transaction.set_rollback(True)
    return sorted(slot.starts_at for slot in offers)


PROOF = {"deadline": None, "suppress_health_check": list(HealthCheck)}


class TestOracle:
    @settings(max_examples=150, **PROOF)
    @given(cases())
    def test_offers_exactly_the_times_at_which_all_are_free(self, db, case):
        assert found(*case) == oracle(*case)

    @pytest.mark.parametrize(
        ("right", "naive"),
        [
            ("- COALESCE(t.whole, '{}')", ""),
            ("range_intersect_agg(strict)", "range_agg(strict)"),
            ("FROM people_absence\n    WHERE", "FROM people_absence\n    WHERE false AND"),
        ],
    )
    def test_would_notice_a_naive_finder(self, db, monkeypatch, right, naive):
        """The negative control: each of these offers too much."""
        assert right in free._FREE
        monkeypatch.setattr(free, "_FREE", free._FREE.replace(right, naive))

        @settings(max_examples=500, phases=[Phase.generate], database=None, **PROOF)
        @given(cases())
        def proof(case):
            assert found(*case) == oracle(*case)

        with pytest.raises(AssertionError):
            proof()

    def test_would_notice_the_wrong_clock(self, db):
        start = datetime(2026, 3, 30, tzinfo=UTC)
        there = Person(zone="America/New_York", week=[HOURS[0]] * 7)
        here = Person(zone="Europe/Amsterdam", week=[HOURS[0]] * 7)
        case = (60, start, start + timedelta(days=1))
        assert found([there], *case) == oracle([there], *case) != oracle([here], *case)

    def test_knows_the_day_on_which_the_clock_changes(self, db):
        """From nine in Amsterdam: 08:00 UTC on Saturday, 07:00 UTC on Sunday."""
        start = datetime(2026, 3, 28, tzinfo=UTC)
        here = Person(zone="Europe/Amsterdam", week=[HOURS[0]] * 7)
        offers = found([here], 480, start, start + timedelta(days=2))
        assert offers == [start.replace(hour=8), start.replace(day=29, hour=7)]

    def test_goes_on_over_new_year(self, db):
        start = datetime(2026, 12, 31, 22, 0, tzinfo=UTC)  # 23:00 in Amsterdam
        night = Person(zone="Europe/Amsterdam", week=[HOURS[4]] * 7)
        case = ([night], 95, start, start + timedelta(hours=2))
        assert found(*case) == oracle(*case) == [start, start + 15 * MINUTE]
