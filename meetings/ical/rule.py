"""Recurrence rules (RFC 5545, 3.3.10) on a wall clock, by their definition and within a budget.

A rule is walked period by period (year, month, week, day ...): the days of a period that every
part of the rule agrees to, times the hours, in order. Without COUNT nothing before the window is
walked, so that a rule of 1970 costs what one of today does. Every step is paid for: a rule that
comes every second, or never, ends when the budget does.
"""

import calendar
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, datetime, time, timedelta
from typing import Final

DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEK: Final = 7
UNITS: Final = {"HOURLY": timedelta(hours=1), "MINUTELY": timedelta(minutes=1),
                "SECONDLY": timedelta(seconds=1)}  # fmt: skip
FREQUENCIES: Final = frozenset({"YEARLY", "MONTHLY", "WEEKLY", "DAILY", *UNITS})
RANGES: Final = {
    "BYMONTH": (1, 12), "BYMONTHDAY": (1, 31), "BYYEARDAY": (1, 366), "BYWEEKNO": (1, 53),
    "BYHOUR": (0, 23), "BYMINUTE": (0, 59), "BYSECOND": (0, 60), "BYSETPOS": (1, 366),
}  # fmt: skip
KNOWN: Final = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "RSCALE", "SKIP", *RANGES}
)
SIGNED: Final = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"})
BY_DAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
MOST_INTERVAL: Final = 100_000
LONGEST_RULE: Final = 2_000


class BadRule(Exception):
    """A rule that nobody can follow; the message is fit for people to read."""


class TooOften(Exception):
    """The budget is spent."""


@dataclass
class Budget:
    """Steps that are left for a file."""

    steps: int

    def spend(self, count: int) -> None:
        """:raises TooOften: when nothing is left."""
        self.steps -= count
        if self.steps < 0:
            raise TooOften


@dataclass(frozen=True)
class Rule:
    """A rule that was read. `until` is kept as it is written: only the event knows its clock."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: str = ""
    week_start: int = 0
    days: tuple[tuple[int, int], ...] = ()  # (which one in the month or year or 0, weekday)
    by: dict[str, frozenset[int]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()  # parts that were passed over

    def has(self, *names: str) -> bool:
        return any(name in self.by for name in names)


def parse(text: str) -> Rule:
    """What a rule says. Parts that nobody knows are passed over and named: without them it comes
    rather too often than not often enough.

    :raises BadRule: for a rule whose known parts cannot be followed.
    """
    if len(text) > LONGEST_RULE:
        raise BadRule("its rule is too long")
    split = [part.partition("=") for part in text.strip().upper().split(";") if part]
    parts = {name.strip(): value.strip() for name, equals, value in split if equals}
    if parts.pop("RSCALE", "GREGORIAN") != "GREGORIAN":
        raise BadRule("it follows a calendar that is not ours")
    freq = parts.pop("FREQ", "")
    if freq not in FREQUENCIES:
        raise BadRule("its rule does not say how often it comes")
    return Rule(
        freq=freq, interval=_count(parts.pop("INTERVAL", "1"), MOST_INTERVAL),
        count=_times_in_all(parts.pop("COUNT", "")),
        until=parts.pop("UNTIL", ""), week_start=_weekday(parts.pop("WKST", "MO")),
        days=_by_day(parts.pop("BYDAY", "")),
        by={name: _numbers(name, parts.pop(name)) for name in RANGES if parts.get(name)},
        unknown=tuple(
            part[0][:20] for part in split if part[0].strip() not in KNOWN and part[0][:2] != "X-"
        ),
    )  # fmt: skip


def _times_in_all(text: str) -> int | None:
    """COUNT; what some programs write for "for ever" (-1, 0) is none."""
    return None if re.fullmatch(r"|0+|-\d+", text) else _count(text, 10**9)


def _count(text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:12]) <= most:
        raise BadRule("its rule has a number that cannot be")
    return int(text)


def _weekday(text: str) -> int:
    if text not in DAYS:
        raise BadRule("its rule has a day that is none")
    return DAYS.index(text)


def _by_day(text: str) -> tuple[tuple[int, int], ...]:
    found = []
    for part in filter(None, text.split(",")):
        match = BY_DAY.fullmatch(part.strip())
        if match is None:
            raise BadRule("its rule has a day that is none")
        found.append((int(match[1] or 0), DAYS.index(match[2])))
    return tuple(found)


def _numbers(name: str, text: str) -> frozenset[int]:
    least, most = RANGES[name]
    found = set()
    for part in filter(None, text.split(",")):
        number = int(part) if re.fullmatch(r"[+-]?\d{1,3}", part.strip()) else None
        size = abs(number) if number is not None and name in SIGNED else number
        if number is None or size is None or not least <= size <= most:
            raise BadRule(f"its rule has a number that cannot be ({name})")
        found.add(number)
    return frozenset(found)


def walls(
    rule: Rule, first: datetime, *, since: datetime, until: datetime, budget: Budget
) -> Iterator[datetime]:
    """Wall times of the rule from `first` on, in order, at least all between `since` and `until`.

    `first` is always one of them; COUNT counts those that the rule itself says (RFC 5545, 3.8.5.3,
    leaves it open what a rule means that does not say its first).

    :raises TooOften: when the budget is spent.
    """
    left = rule.count
    if left is not None or first >= since:
        yield first
    for found in _periods(rule, first, since, until, budget):
        for wall in found:
            if wall < first:
                continue
            if left is not None:
                if left <= 0:
                    return
                left -= 1
            if wall > first and wall >= since:
                yield wall


def _periods(
    rule: Rule, first: datetime, since: datetime, until: datetime, budget: Budget
) -> Iterator[list[datetime]]:
    start = first if rule.count is not None else max(first, since)
    if rule.freq in UNITS:
        for hours in _short_periods(rule, first, start, until):
            budget.spend(1 + len(hours))
            yield hours
        return
    times, agrees = _times(rule, first, budget), _agreement(rule, first)
    for days in _day_sets(rule, first.date(), start.date(), until.date()):
        budget.spend(1 + len(days) * max(1, len(times) // 8))
        at = [datetime.combine(day, hour) for day in days if agrees(day) for hour in times]
        yield _chosen(rule, at)


def _chosen(rule: Rule, at: list[datetime]) -> list[datetime]:
    """Of all in a period, those whose places BYSETPOS names."""
    if "BYSETPOS" not in rule.by:
        return at
    places = {n - 1 if n > 0 else len(at) + n for n in rule.by["BYSETPOS"]}
    return [at[place] for place in sorted(places) if 0 <= place < len(at)]


def _short_periods(
    rule: Rule, first: datetime, start: datetime, until: datetime
) -> Iterator[list[datetime]]:
    """Hours, minutes or seconds: each stands for itself, with the finer parts spread out in it."""
    unit, agrees = UNITS[rule.freq] * rule.interval, _agreement(rule, first)
    at = first + unit * max(0, (start - first) // unit)
    while at <= until:
        yield _chosen(rule, [t for t in _finer(rule, at) if agrees(t.date()) and _open(rule, t)])
        if until - at < unit:
            return
        at += unit


def _finer(rule: Rule, at: datetime) -> list[datetime]:
    minutes = rule.by.get("BYMINUTE") if rule.freq == "HOURLY" else None
    seconds = rule.by.get("BYSECOND") if rule.freq != "SECONDLY" else None
    return [
        at.replace(minute=minute, second=second)
        for minute in sorted(minutes or {at.minute})
        for second in sorted(_whole(seconds) or {at.second})
    ]


def _open(rule: Rule, at: datetime) -> bool:
    named = (("BYHOUR", at.hour), ("BYMINUTE", at.minute), ("BYSECOND", at.second))
    return all(name not in rule.by or value in rule.by[name] for name, value in named)


def _whole(seconds: frozenset[int] | None) -> set[int]:
    """A leap second is no second of ours."""
    return {min(second, 59) for second in seconds or ()}


def _times(rule: Rule, first: datetime, budget: Budget) -> list[time]:
    hours = sorted(rule.by.get("BYHOUR", {first.hour}))
    minutes = sorted(rule.by.get("BYMINUTE", {first.minute}))
    seconds = sorted(_whole(rule.by.get("BYSECOND")) or {first.second})
    budget.spend(len(hours) * len(minutes) * len(seconds))
    return [
        first.time().replace(hour=h, minute=m, second=s)
        for h, m, s in itertools.product(hours, minutes, seconds)
    ]


def _day_sets(rule: Rule, first: date, start: date, until: date) -> Iterator[list[date]]:
    """The days of each period, from the one that holds `start`."""
    walk = {"YEARLY": _years, "MONTHLY": _months, "WEEKLY": _weeks, "DAILY": _single_days}
    yield from walk[rule.freq](rule, first, start, until)


def _years(rule: Rule, first: date, start: date, until: date) -> Iterator[list[date]]:
    begin = first.year + (start.year - first.year) // rule.interval * rule.interval
    months = sorted(rule.by.get("BYMONTH", range(1, 13)))
    if not rule.days and not rule.by.keys() & {"BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}:
        months = [first.month]  # the same day of every year: no need to look at the others
    for year in range(begin, min(until.year, MAXYEAR) + 1, rule.interval):
        yield [day for month in months for day in _month(year, month)]


def _months(rule: Rule, first: date, start: date, until: date) -> Iterator[list[date]]:
    zero, here = first.year * 12 + first.month - 1, start.year * 12 + start.month - 1
    begin = zero + (here - zero) // rule.interval * rule.interval
    wanted = rule.by.get("BYMONTH")
    for index in range(begin, until.year * 12 + until.month, rule.interval):
        year, month = divmod(index, 12)
        yield _month(year, month + 1) if wanted is None or month + 1 in wanted else []


def _month(year: int, month: int) -> list[date]:
    return [date(year, month, n + 1) for n in range(calendar.monthrange(year, month)[1])]


def _weeks(rule: Rule, first: date, start: date, until: date) -> Iterator[list[date]]:
    zero = first.toordinal() - (first.weekday() - rule.week_start) % WEEK
    step = WEEK * rule.interval
    begin = zero + max(0, start.toordinal() - zero) // step * step
    for monday in range(begin, until.toordinal() + 1, step):
        last = min(monday + WEEK, date.max.toordinal() + 1)
        yield [date.fromordinal(n) for n in range(max(monday, 1), last)]


def _single_days(rule: Rule, first: date, start: date, until: date) -> Iterator[list[date]]:
    zero = first.toordinal()
    begin = zero + (start.toordinal() - zero) // rule.interval * rule.interval
    for n in range(begin, until.toordinal() + 1, rule.interval):
        yield [date.fromordinal(n)]


def _agreement(rule: Rule, first: datetime) -> Callable[[date], bool]:
    """Whether every part of the rule that speaks of days has a day; what it leaves open is as the
    first one is."""
    tests: list[Callable[[date], bool]] = []
    months = rule.by.get("BYMONTH")
    if months is not None:
        tests.append(lambda day: day.month in months)
    if "BYMONTHDAY" in rule.by:
        wanted = rule.by["BYMONTHDAY"]
        tests.append(lambda day: day.day in wanted or day.day - _length(day) - 1 in wanted)
    if "BYYEARDAY" in rule.by:
        numbers = rule.by["BYYEARDAY"]
        tests.append(lambda day: bool({_yearday(day), _yearday(day) - _year(day) - 1} & numbers))
    if "BYWEEKNO" in rule.by:
        weeks = rule.by["BYWEEKNO"]
        tests.append(lambda day: bool(set(_week_numbers(day, rule.week_start)) & weeks))
    if rule.days:
        tests.append(_weekday_test(rule))
    tests += _implied(rule, first)
    return lambda day: all(test(day) for test in tests)


def _implied(rule: Rule, first: datetime) -> list[Callable[[date], bool]]:
    if rule.days or rule.has("BYMONTHDAY", "BYYEARDAY"):
        return []
    if rule.freq == "WEEKLY" or (rule.freq == "YEARLY" and rule.has("BYWEEKNO")):
        return [lambda day: day.weekday() == first.weekday()]
    if rule.freq == "MONTHLY" or (rule.freq == "YEARLY" and rule.has("BYMONTH")):
        return [lambda day: day.day == first.day]
    if rule.freq == "YEARLY":
        return [lambda day: (day.month, day.day) == (first.month, first.day)]
    return []


def _weekday_test(rule: Rule) -> Callable[[date], bool]:
    """Days by name; with a number, that one of the month (or of the year, for a rule of years)."""
    within_year = rule.freq == "YEARLY" and not rule.has("BYMONTH")
    counted = rule.freq in {"YEARLY", "MONTHLY"} and not rule.has("BYWEEKNO")

    def test(day: date) -> bool:
        place, size = (_yearday(day), _year(day)) if within_year else (day.day, _length(day))
        from_start, from_end = (place - 1) // WEEK + 1, -((size - place) // WEEK + 1)
        return any(
            day.weekday() == weekday and (not nth or not counted or nth in {from_start, from_end})
            for nth, weekday in rule.days
        )

    return test


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _year(day: date) -> int:
    return 366 if calendar.isleap(day.year) else 365


def _yearday(day: date) -> int:
    return day.timetuple().tm_yday


def _week_numbers(day: date, week_start: int) -> tuple[int, int]:
    """The number of the week from the start of its year, and from its end: the week belongs to the
    year that has four of its days."""
    begin = day.toordinal() - (day.weekday() - week_start) % WEEK
    year = date.fromordinal(min(begin + 3, date.max.toordinal())).year
    number = (begin - _first_week(year, week_start)) // WEEK + 1
    weeks = (
        _first_week(min(year + 1, MAXYEAR), week_start) - _first_week(year, week_start)
    ) // WEEK
    return number, number - weeks - 1


def _first_week(year: int, week_start: int) -> int:
    """The day number on which the first week with four days in `year` begins."""
    fourth = date(year, 1, 4)
    return fourth.toordinal() - (fourth.weekday() - week_start) % WEEK
