"""Rules by which meetings come again (the part of RFC 5545's RRULE that a desk needs), on a wall clock.

A meeting keeps its wall time over changes of the clock. Where its time is skipped it begins at the first
moment after, where it comes twice at the first. Months without the day (the 31st) are left out.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import count as numbers
from typing import Final

from meetings import clock

MOST: Final = 104
LONGEST: Final = timedelta(days=731)
MOST_INTERVAL: Final = 26
LAST: Final = -1
LAST_DAY: Final = 31
LAST_NTH: Final = 4
SUNDAY: Final = 6
DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KEYS: Final = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL"}


class BadRule(Exception):
    """The rule cannot be; the message is fit for people to read."""


class Freq(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True)
class Rule:
    """Every `interval` days, weeks or months, `count` times or until a day (the last one included).

    `weekdays`: 0 is Monday; weekly any number, monthly one with `nth` (1 to 4, -1 the last).
    `month_day`: 1 to 31, -1 the last day; monthly without either is on the day of the first.
    """

    freq: Freq
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    nth: int = 0
    month_day: int = 0
    count: int | None = None
    until: date | None = None

    def __str__(self) -> str:
        parts = [f"FREQ={self.freq.value}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.weekdays:
            nth = str(self.nth) if self.nth else ""
            parts.append("BYDAY=" + ",".join(nth + DAYS[day] for day in sorted(self.weekdays)))
        if self.month_day:
            parts.append(f"BYMONTHDAY={self.month_day}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%d}")
        return ";".join(parts)

    def check(self) -> None:
        """:raises BadRule: for what cannot be, or has no end."""
        if not 1 <= self.interval <= MOST_INTERVAL:
            raise BadRule(f"It comes again every 1 to {MOST_INTERVAL} days, weeks or months.")
        if (self.count is None) == (self.until is None):
            raise BadRule("Say how often, or until which day.")
        if self.count is not None and not 1 <= self.count <= MOST:
            raise BadRule(f"A series has at most {MOST} meetings.")
        if not self._days_fit():
            raise BadRule("These days do not go together.")

    def _days_fit(self) -> bool:
        if any(not 0 <= day <= SUNDAY for day in self.weekdays):
            return False
        if self.freq == Freq.MONTHLY:
            return self._by_nth() if self.weekdays else self._by_date()
        plain = not self.nth and not self.month_day
        return plain and (self.freq == Freq.WEEKLY or not self.weekdays)

    def _by_nth(self) -> bool:
        nth = 1 <= self.nth <= LAST_NTH or self.nth == LAST
        return len(self.weekdays) == 1 and nth and not self.month_day

    def _by_date(self) -> bool:
        return not self.nth and (0 <= self.month_day <= LAST_DAY or self.month_day == LAST)


@dataclass(frozen=True)
class Occurrence:
    """`rule_at` is where calendars put it by the rule, `starts_at` when it begins: they differ only
    where the clock skips its time."""

    wall: str
    rule_at: datetime
    starts_at: datetime


def read(text: str) -> Rule:
    """FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10

    :raises BadRule: for what we do not keep, or what cannot be.
    """
    pairs = [part.partition("=")[::2] for part in text.upper().split(";") if part]
    said = dict(pairs)
    if len(said) != len(pairs) or set(said) - KEYS or "FREQ" not in said:
        raise BadRule("That is no rule that the desk keeps.")
    try:
        rule = _read(said)
    except (ValueError, KeyError) as wrong:
        raise BadRule("That is no rule that the desk keeps.") from wrong
    rule.check()
    return rule


def _read(said: dict[str, str]) -> Rule:
    days = [one.strip() for one in said.get("BYDAY", "").split(",") if one.strip()]
    nth = {int(one[:-2] or 0) for one in days} or {0}
    if len(nth) > 1:
        raise ValueError("several numbers")
    return Rule(
        freq=Freq(said["FREQ"]),
        interval=int(said.get("INTERVAL", "1")),
        weekdays=tuple(sorted({DAYS.index(one[-2:]) for one in days})),
        nth=nth.pop(),
        month_day=int(said.get("BYMONTHDAY", "0")),
        count=int(said["COUNT"]) if "COUNT" in said else None,
        until=_day(said["UNTIL"]) if "UNTIL" in said else None,
    )


def _day(text: str) -> date:
    return datetime.strptime(text[:8], "%Y%m%d").replace(tzinfo=UTC).date()


def settled(rule: Rule, first: date) -> Rule:
    """The rule with its days written out, as calendars want it: weekly on the day of the first."""
    if rule.freq == Freq.WEEKLY and not rule.weekdays:
        return replace(rule, weekdays=(first.weekday(),))
    if rule.freq == Freq.MONTHLY and not rule.weekdays and not rule.month_day:
        return replace(rule, month_day=first.day)
    return rule


def occurrences(rule: Rule, first_wall: str, zone: str) -> list[Occurrence]:
    """All of them, in order. The first is the first day of the rule from `first_wall` on.

    :raises BadRule: if there is none, or they go on for more than two years or MOST.
    :raises clock.BadWall: for no time or zone.
    """
    rule.check()
    start = clock.naive(first_wall)
    found = [_occurrence(day, start.time(), zone) for day in _days(rule, start.date())]
    if not found:
        raise BadRule("No day fits this rule.")
    return found


def _days(rule: Rule, first: date) -> list[date]:
    rule, last = settled(rule, first), first + LONGEST
    if rule.until is not None and rule.until > last:
        raise BadRule("A series lasts at most two years.")
    found: list[date] = []
    for day in _endless(rule, first):
        if rule.until is not None and day > rule.until:
            break
        if day > last:
            raise BadRule("A series lasts at most two years.")
        if len(found) == MOST:
            raise BadRule(f"A series has at most {MOST} meetings.")
        found.append(day)
        if rule.count is not None and len(found) == rule.count:
            break
    return found


def _endless(rule: Rule, first: date) -> Iterator[date]:
    """Days of the rule from `first` on, into the far future."""
    if rule.freq == Freq.DAILY:
        yield from (first + timedelta(days=n * rule.interval) for n in numbers())
    elif rule.freq == Freq.WEEKLY:
        monday = first - timedelta(days=first.weekday())
        for n in numbers():
            week = monday + timedelta(weeks=n * rule.interval)
            days = (week + timedelta(days=day) for day in sorted(rule.weekdays))
            yield from (day for day in days if day >= first)
    else:
        yield from (day for day in _monthly(rule, first) if day >= first)


def _monthly(rule: Rule, first: date) -> Iterator[date]:
    """One day of each month that has it; beyond the longest series at least one is beyond its end."""
    for n in range(0, LONGEST.days // 28 + MOST_INTERVAL + 12, rule.interval):
        year, month = divmod(first.year * 12 + first.month - 1 + n, 12)
        day = _in_month(rule, year, month + 1)
        if day is not None:
            yield day
    yield first + LONGEST + timedelta(days=1)


def _in_month(rule: Rule, year: int, month: int) -> date | None:
    weekday, days = monthrange(year, month)
    if rule.weekdays:
        early = 1 + (rule.weekdays[0] - weekday) % 7
        if rule.nth != LAST:
            return date(year, month, early + 7 * (rule.nth - 1))
        return date(year, month, early + 7 * ((days - early) // 7))
    day = days if rule.month_day == LAST else rule.month_day
    return date(year, month, day) if day <= days else None


def _occurrence(day: date, at: time, zone: str) -> Occurrence:
    wall = f"{datetime.combine(day, at):%Y-%m-%dT%H:%M}"
    by_rule = datetime.combine(day, at, clock.clock_of(zone)).astimezone(UTC)
    return Occurrence(wall, by_rule, clock.candidates(wall, zone)[0])
