"""When meetings come again: the same days as python-dateutil says, in every zone, kept on the wall clock."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil import rrule

from meetings import clock, recurrence
from meetings.recurrence import BadRule, Freq, Rule

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
FREQS = {Freq.DAILY: rrule.DAILY, Freq.WEEKLY: rrule.WEEKLY, Freq.MONTHLY: rrule.MONTHLY}


def a_rule(dice, first):
    freq = dice.choice(list(Freq))
    fields = {"freq": freq, "interval": dice.choice([1, 1, 2, 3, 5])}
    if freq == Freq.WEEKLY and dice.random() < 0.7:
        fields["weekdays"] = tuple(sorted(dice.sample(range(7), dice.randint(1, 4))))
    if freq == Freq.MONTHLY:
        kind = dice.randrange(3)
        if kind == 0:
            fields |= {"weekdays": (dice.randrange(7),), "nth": dice.choice([1, 2, 3, 4, -1])}
        elif kind == 1:
            fields["month_day"] = dice.choice([-1, *range(1, 32)])
    if dice.random() < 0.5:
        fields["count"] = dice.randint(1, 12)
    else:
        fields["until"] = first.date() + timedelta(days=dice.randint(0, 300))
    return Rule(**fields)


def days_by_dateutil(rule, first):
    """The wall times, by another library."""
    how = {"interval": rule.interval, "dtstart": first}
    rule = recurrence.settled(rule, first.date())
    if rule.weekdays and rule.nth:
        how["byweekday"] = rrule.weekdays[rule.weekdays[0]](rule.nth)
    elif rule.weekdays:
        how["byweekday"] = [rrule.weekdays[day] for day in rule.weekdays]
    if rule.month_day:
        how["bymonthday"] = rule.month_day
    if rule.count:
        how["count"] = rule.count
    else:
        how["until"] = datetime.combine(rule.until, first.time())
    return list(rrule.rrule(FREQS[rule.freq], **how))


def start_by_hand(wall, zone):
    """The first moment at which the clock shows `wall`; where it never does, the first at which it
    shows more: every offset of the days around is tried, and minutes are looked through."""
    here = wall.replace(tzinfo=UTC)
    offsets = {(here + timedelta(hours=n)).astimezone(zone).utcoffset() for n in range(-48, 49)}
    fits = [
        here - one for one in offsets if (here - one).astimezone(zone).replace(tzinfo=None) == wall
    ]
    if fits:
        return min(fits)
    moment, end = here - max(offsets), here - min(offsets)
    while moment < end:
        if moment.astimezone(zone).replace(tzinfo=None) > wall:
            return moment
        moment += timedelta(seconds=60)
    return end


def differences(cases, seed, *, occurrences=recurrence.occurrences):
    dice, wrong, seen = random.Random(seed), [], 0
    while seen < cases:
        name = dice.choice(ZONES)
        minute = dice.choice([0, 15, 30, 45])
        hour = dice.choice([0, 1, 2, 3, dice.randrange(24)])
        first = datetime(
            dice.randint(2000, 2035), dice.randint(1, 12), dice.randint(1, 28), hour, minute
        )
        rule = a_rule(dice, first)
        try:
            found = occurrences(rule, f"{first:%Y-%m-%dT%H:%M}", name)
        except BadRule:
            continue
        zone = ZoneInfo(name)
        expected = days_by_dateutil(rule, first)
        seen += max(len(expected), 1)
        if [one.wall for one in found] != [f"{one:%Y-%m-%dT%H:%M}" for one in expected]:
            wrong.append((name, rule, first))
        elif any(
            a.starts_at != start_by_hand(b, zone) for a, b in zip(found, expected, strict=True)
        ):
            wrong.append((name, rule, first, "instant"))
    return wrong


class TestAgainstAnotherLibrary:
    def test_no_difference(self):
        assert differences(1_500, 1) == []

    @pytest.mark.slow
    def test_no_difference_in_a_hundred_thousand(self):
        assert differences(100_000, 2) == []

    def test_keeping_the_instant_instead_would_be_seen(self):
        """Negative control: the same hour in UTC is what people did not agree on."""

        def careless(rule, wall, zone):
            found = recurrence.occurrences(rule, wall, zone)
            hour = found[0].starts_at.time()
            return [
                recurrence.Occurrence(
                    one.wall, one.rule_at, datetime.combine(one.starts_at.date(), hour, UTC)
                )
                for one in found
            ]

        assert differences(1_500, 1, occurrences=careless)


class TestRules:
    @pytest.mark.parametrize("text", [
        "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=10", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=4",
        "FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20271231", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2",
    ])  # fmt: skip
    def test_are_read_back_as_they_are_written(self, text):
        assert str(recurrence.read(text)) == text

    @pytest.mark.parametrize("text", [
        "", "FREQ=YEARLY;COUNT=2", "FREQ=DAILY", "FREQ=DAILY;COUNT=2;UNTIL=20270101", "FREQ=DAILY;COUNT=x",
        "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=105", "FREQ=DAILY;INTERVAL=0;COUNT=2", "FREQ=DAILY;BYDAY=MO;COUNT=2",
        "FREQ=WEEKLY;BYDAY=1MO;COUNT=2", "FREQ=MONTHLY;BYDAY=MO,TU;COUNT=2", "FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2",
        "FREQ=DAILY;COUNT=2;COUNT=3", "FREQ=DAILY;BYSECOND=1;COUNT=2", "FREQ=WEEKLY;BYDAY=XX;COUNT=2",
        "FREQ=DAILY;UNTIL=99999999", "FREQ=MONTHLY;BYDAY=1MO,2MO;COUNT=2", "\0", "FREQ=DAILY;COUNT=²",
    ])  # fmt: skip
    def test_that_cannot_be_are_refused(self, text):
        with pytest.raises(BadRule):
            recurrence.read(text)

    def test_end_within_two_years(self):
        with pytest.raises(BadRule):
            recurrence.occurrences(
                Rule(Freq.MONTHLY, interval=2, count=14), "2026-01-01T10:00", "UTC"
            )
        with pytest.raises(BadRule):
            recurrence.occurrences(
                Rule(Freq.DAILY, until=date(2026, 12, 31)), "2026-01-01T10:00", "UTC"
            )


class TestWallTimes:
    def test_in_a_gap_have_two_neighbours(self):
        found = clock.instant("2026-03-29T02:30", "Europe/Amsterdam")
        assert isinstance(found, clock.Gap)
        shown = [
            clock.shown(one, "Europe/Amsterdam")[11:]
            for one in (found.before, found.first, found.after)
        ]
        assert shown == ["01:30", "03:00", "03:30"]

    def test_in_an_overlap_are_two_moments(self):
        found = clock.instant("2026-10-25T02:30", "Europe/Amsterdam")
        assert found == clock.Overlap(
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        )

    def test_of_every_day_are_one(self):
        found = clock.instant("2026-11-26T10:00", "Europe/Amsterdam")
        assert found == clock.Instant(datetime(2026, 11, 26, 9, 0, tzinfo=UTC))

    def test_of_a_day_that_was_skipped_whole(self):
        found = clock.instant("2011-12-30T12:00", "Pacific/Apia")
        assert clock.shown(found.first, "Pacific/Apia") == "2011-12-31T00:00"

    @pytest.mark.parametrize("text", ["", "2026-02-30T10:00", "2026-11-26 10:00", "0001-01-01T00:00", "9999-12-31T23:59",
                                      "2026-11-26T24:00", "２０２６-11-26T10:00", "\0"])  # fmt: skip
    def test_that_are_none_are_refused(self, text):
        with pytest.raises(clock.BadWall):
            clock.instant(text, "Europe/Amsterdam")

    @pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd", "\0", "Europe"])
    def test_of_no_zone_are_refused(self, zone):
        with pytest.raises(clock.BadWall):
            clock.instant("2026-11-26T10:00", zone)
