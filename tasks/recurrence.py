"""When a recurring task comes again: days only, so that no change of the clocks can touch it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import MAXYEAR, date, datetime, timedelta
from typing import Any, Final

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule

UNITS: Final = {"day": DAILY, "week": WEEKLY, "month": MONTHLY, "year": YEARLY}
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST: Final = 99
SHORTEST_MONTH: Final = 28
KEYS: Final = {"every", "unit", "weekdays", "until", "working_days"}


class BadRule(Exception):
    """The rule cannot be followed; the message is fit for people to read."""


@dataclass(frozen=True)
class Rule:
    """Every `every` units. Weekly ones may name days (0 is Monday). A month without the day takes
    its last one. With `working_days` a day off moves to the next working day."""

    every: int
    unit: str
    weekdays: tuple[int, ...] = ()
    until: date | None = None
    working_days: bool = False

    def as_json(self) -> dict[str, Any]:
        until = self.until.isoformat() if self.until else None
        return asdict(self) | {"weekdays": list(self.weekdays), "until": until}

    def __str__(self) -> str:
        unit = self.unit if self.every == 1 else f"{self.every} {self.unit}s"
        days = f" on {', '.join(WEEKDAYS[d] for d in self.weekdays)}" if self.weekdays else ""
        until = f" until {self.until:%d %b %Y}" if self.until else ""
        return f"Every {unit}{days}{until}"


def parse(data: Mapping[str, Any] | None) -> Rule | None:
    """The rule in `data`; None when there is none.

    :raises BadRule: if it cannot be followed.
    """
    if not data:
        return None
    if unknown := set(data) - KEYS:
        raise BadRule(f"A recurrence has no “{sorted(map(str, unknown))[0]}”.")
    every, unit = data.get("every"), data.get("unit")
    if not isinstance(every, int) or isinstance(every, bool) or not 1 <= every <= MOST:
        raise BadRule(f"It can come back every 1 to {MOST} days, weeks, months or years.")
    if unit not in UNITS:
        raise BadRule("It can come back by day, week, month or year.")
    weekdays = _weekdays(data.get("weekdays") or [])
    if weekdays and unit != "week":
        raise BadRule("Only what comes back weekly can name days of the week.")
    return Rule(every, unit, weekdays, _until(data.get("until")), bool(data.get("working_days")))


def _weekdays(value: Any) -> tuple[int, ...]:
    fits = isinstance(value, list) and all(type(d) is int and 0 <= d < len(WEEKDAYS) for d in value)
    if not fits:
        raise BadRule("Days of the week are numbers from 0, Monday, to 6, Sunday.")
    return tuple(sorted(set(value)))


def _until(value: Any) -> date | None:
    if value in {None, ""} or isinstance(value, date):
        return value or None
    try:
        return date.fromisoformat(str(value))
    except ValueError as bad:
        raise BadRule("“Until” is a day such as 2026-12-31.") from bad


def next_on(rule: Rule, start: date, after: date) -> date | None:
    """The first day of the series that began on `start` which is later than `after`; None at its
    end. Counted from `start`, so that the 31st comes back after a short month."""
    last = min(rule.until or date.max, date(MAXYEAR - 1, 12, 31))
    if start > last or after >= last:
        return None
    found = _series(rule, start).after(_midnight(max(after, start - timedelta(days=1))))
    return found.date() if found is not None and found.date() <= last else None


def _series(rule: Rule, start: date) -> rrule:
    more: dict[str, Any] = {}
    if rule.weekdays:
        more["byweekday"] = rule.weekdays
    elif rule.unit in {"month", "year"} and start.day > SHORTEST_MONTH:
        more["bymonthday"] = tuple(range(SHORTEST_MONTH, start.day + 1))
        more["bysetpos"] = -1
        if rule.unit == "year":
            more["bymonth"] = start.month
    return rrule(UNITS[rule.unit], dtstart=_midnight(start), interval=rule.every, wkst=0, **more)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day, in no zone
