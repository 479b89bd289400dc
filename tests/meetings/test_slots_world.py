"""Every rule of the finder at once against brute force: random worlds of people whose every minute is
judged by the wall clock, and many questions to each."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from meetings import slots
from meetings.models import Booking, BookingRules, FocusBlock, Meeting, OutsideBusy, OutsideCalendar
from meetings.slots import free
from people.models import Absence, Holiday, User
from tests import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DAYS = 4
ZONES = ("Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
         "America/St_Johns", "Pacific/Apia", "Africa/Casablanca", "America/Havana")  # fmt: skip
STARTS = (date(2026, 3, 6), date(2026, 3, 27), date(2026, 4, 3), date(2026, 10, 23),
          date(2026, 10, 30), date(2026, 11, 23), date(2026, 12, 29))  # fmt: skip
HOURS = ([["09:00", "17:00"]], [["08:30", "12:00"], ["13:15", "18:00"]], [["00:00", "24:00"]], [])


@dataclass
class Person:
    zone: str
    week: list
    holidays: set = field(default_factory=set)
    away: list = field(default_factory=list)
    booked: list = field(default_factory=list)  # (start, end, before, after, hold_until)
    outside: list = field(default_factory=list)  # (start, end, tentative)
    focus: list = field(default_factory=list)  # (weekday, from, until)
    most: int | None = None
    user: User | None = None


class World:
    """People with everything that takes their time, and what each minute of them is."""

    def __init__(self, seed):
        self.luck = luck = random.Random(seed)
        self.start = datetime.combine(luck.choice(STARTS), time(), UTC)
        self.at = self.start - timedelta(hours=1)
        self.before, self.after = luck.choice([(0, 0), (15, 0), (10, 25)])
        self.people = [self.person() for _ in range(4)]

    def stretches(self, most, longest=240):
        found = []
        for _ in range(self.luck.randint(0, most)):
            one = self.start + self.luck.randint(-300, DAYS * 1440) * MINUTE
            other = one + self.luck.randint(1, longest) * MINUTE
            if not any(a < other and one < b for a, b in found):
                found.append((one, other))
        return found

    def person(self):
        luck = self.luck
        holds = [None, None, None, self.at - MINUTE, self.at + timedelta(days=1)]
        first, last = sorted(luck.sample(range(24), 2))
        return Person(
            zone=luck.choice(ZONES), week=[luck.choice(HOURS) for _ in range(7)],
            holidays={self.start.date() + timedelta(days=luck.randint(0, DAYS))} if luck.random() < 0.4 else set(),
            away=self.stretches(1, 2000),
            booked=[(a, b, luck.choice([0, 0, 20]), luck.choice([0, 0, 30]), luck.choice(holds))
                    for a, b in self.stretches(8)],
            outside=[(a, b, luck.random() < 0.4) for a, b in self.stretches(3, 900)],
            focus=[(luck.randint(0, 6), time(first), time(last))] if luck.random() < 0.5 else [],
            most=luck.choice([None, None, 1, 2]),
        )  # fmt: skip

    def save(self):
        for person in self.people:
            calendar = factories.CalendarFactory(hours=person.week, zone="UTC")
            for on in person.holidays:
                Holiday.objects.create(calendar=calendar, on=on, name="Feast")
            team = factories.TeamFactory(calendar=calendar)
            person.user = user = factories.UserFactory(team=team, zone=person.zone)
            BookingRules.objects.create(user=user, most_per_day=person.most)
            for start, end in person.away:
                Absence.objects.create(user=user, starts_at=start, ends_at=end)
            for day, first, last in person.focus:
                FocusBlock.objects.create(user=user, weekday=day, starts=first, ends=last)
            feed = OutsideCalendar.objects.create(user=user, kind="ics", name="Own", address="x")
            for start, end, tentative in person.outside:
                OutsideBusy.objects.create(calendar=feed, user=user, uid="x", tentative=tentative,
                                           during=DateTimeTZRange(start, end))  # fmt: skip
            for n, (start, end, before, after, hold) in enumerate(person.booked):
                meeting = Meeting.objects.create(
                    title="M", host=user, uid=f"{user.pk}-{n}", requested_at=self.at
                )
                Booking.objects.create(
                    meeting=meeting, user=user, during=DateTimeTZRange(start, end),
                    before_minutes=before, after_minutes=after, hold_until=hold,
                )  # fmt: skip

    def bits(self, person, *, strict):
        """One bit a minute of the days, set while the person is free."""
        zone, whole = ZoneInfo(person.zone), 0
        live = [b for b in person.booked if b[4] is None or b[4] > self.at]
        days = [start.astimezone(zone).date() for start, *_ in live]
        full = {d for d in days if person.most is not None and days.count(d) >= person.most}
        for n in range(DAYS * 1440):
            at = self.start + n * MINUTE
            if self.is_free(person, at, at.astimezone(zone), live, full, strict=strict):
                whole |= 1 << n
        return whole

    def is_free(self, person, at, wall, live, full, *, strict):  # noqa: PLR0911 - a rule a line
        minute = f"{wall:%H:%M}"
        if wall.date() in person.holidays:
            return False
        if not any(a <= minute < b for a, b in person.week[wall.weekday()]):
            return False
        if any(a <= at < b for a, b in person.away) or any(a <= at < b for a, b, *_ in live):
            return False
        if any(a <= at < b and not maybe for a, b, maybe in person.outside):
            return False
        if not strict:
            return True
        if any(a <= at < b for a, b, _ in person.outside) or wall.date() in full:
            return False
        if any(wall.weekday() == d and a <= wall.time() < b for d, a, b in person.focus):
            return False
        return not any(
            a - max(before, self.after) * MINUTE <= at < b + max(after, self.before) * MINUTE
            for a, b, before, after, _ in live
        )


def runs(bits, minutes):
    """The bits from which on so many in a row are set."""
    left, step = minutes - 1, 1
    while left > 0:
        step_now = min(step, left)
        bits &= bits >> step_now
        left -= step_now
        step *= 2
    return bits


def differences(seed, questions):
    """How many of the questions to one world the finder answers otherwise than brute force."""
    world = World(seed)
    with transaction.atomic():
        world.save()
        truth = {
            strict: [world.bits(person, strict=strict) for person in world.people]
            for strict in (True, False)
        }
        users = list(User.objects.filter(pk__in=[p.user.pk for p in world.people]).select_related(
            "team__calendar", "department__calendar").order_by("pk"))  # fmt: skip
        wrong = sum(not _same(world, truth, users) for _ in range(questions))
        transaction.set_rollback(True)
    return wrong


def _same(world, truth, users):
    luck = world.luck
    chosen = sorted(luck.sample(range(len(users)), luck.randint(1, 3)))
    minutes = luck.choice([5, 15, 30, 45, 60, 90, 125])
    first = luck.randint(0, DAYS * 1440 - 200)
    last = luck.randint(first + minutes, DAYS * 1440)
    important = luck.random() < 0.4
    wanted = slots.Wanted(
        attendees=[users[n] for n in chosen], minutes=minutes, important=important,
        window_from=world.start + first * MINUTE, window_until=world.start + last * MINUTE,
        before=world.before, after=world.after, at=world.at,
    )  # fmt: skip
    bits = (1 << last) - (1 << first)
    for n in chosen:
        bits &= truth[not important][n]
    fit = runs(bits, minutes)
    expected = [world.start + n * MINUTE for n in range(0, DAYS * 1440, 15) if fit >> n & 1]
    return sorted(slot.starts_at for slot in slots.find_slots(wanted, limit=10_000)) == expected


class TestBruteForce:
    def test_finds_the_same_times(self, db):
        assert [seed for seed in range(6) if differences(seed, 25)] == []

    @pytest.mark.parametrize("seed", [53, 287])
    def test_ends_a_day_when_midnight_is_said_first(self, db, seed):
        """In Havana, on the night to 1 November, the clock says it twice."""
        assert differences(seed, 40) == 0

    @pytest.mark.slow
    def test_finds_the_same_times_a_hundred_thousand_times(self, db):
        assert [seed for seed in range(1000) if differences(seed, 100)] == []

    @pytest.mark.parametrize(
        ("right", "naive"),
        [
            ("greatest(before_minutes, %(after)s)", "before_minutes"),
            ("NOT tentative, during", "true, during"),
            ("b.hold_until > %(at)s", "true"),
            (">= p.most", "> p.most"),
        ],
    )
    def test_would_notice_a_rule_that_is_off(self, db, monkeypatch, right, naive):
        """The negative control: one rule at a time is left out or bent."""
        assert right in free._FREE
        monkeypatch.setattr(free, "_FREE", free._FREE.replace(right, naive))
        assert any(differences(seed, 25) for seed in range(12))
