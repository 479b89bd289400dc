"""VTIMEZONE of an IANA zone, in the form that every program reads.

Two observances with a yearly rule where the zone has one (Outlook wants that), else each change of the
years around the meeting by itself.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
TWICE: Final = 2  # into summer time and out of it
EVER: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - observances begin on the wall clock


@dataclass(frozen=True)
class Change:
    """The clock goes from one offset to another; `wall` is what it shows just before."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool


def vtimezone(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """What the zone does in the years from `first` to `last`, and one more on both sides."""
    found = Timezone()
    found.add("tzid", zone.key)
    for part in _observances(zone, first.year - 1, last.year + 1):
        found.add_component(part)
    return found


def _observances(zone: ZoneInfo, first: int, last: int) -> list[Any]:
    changes = _changes(zone, first, last)
    if not changes:
        start = datetime(first, 1, 1, tzinfo=UTC).astimezone(zone)
        offset = _offset(start)
        return [_observance(Change(EVER, offset, offset, start.tzname() or "", summer=False))]
    rules = _yearly(changes, last - first + 1)
    if rules is not None:
        return [_observance(changes[at], rule) for at, rule in enumerate(rules)]
    start = datetime(first, 1, 1, tzinfo=UTC).astimezone(zone)
    offset = _offset(start)
    begin = Change(EVER, offset, offset, start.tzname() or "", summer=bool(start.dst()))
    return [_observance(one) for one in (begin, *changes)]


@lru_cache(maxsize=256)
def _changes(zone: ZoneInfo, first: int, last: int) -> tuple[Change, ...]:
    """Every change of the offset in these years, to the second."""
    here, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    found = []
    while here < end:
        after = here + DAY
        if _offset(here.astimezone(zone)) != _offset(after.astimezone(zone)):
            found.append(_change(zone, here, after))
        here = after
    return tuple(found)


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> Change:
    before = _offset(low.astimezone(zone))
    while high - low > SECOND:
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if _offset(middle.astimezone(zone)) == before:
            low = middle
        else:
            high = middle
    there = high.astimezone(zone)
    wall = (high + before).replace(tzinfo=None)
    return Change(wall, before, _offset(there), there.tzname() or "", _offset(there) > before)


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()


def _yearly(changes: Sequence[Change], years: int) -> list[dict[str, Any]] | None:
    """The rules of the two changes of each year; None if they are not the same every year."""
    if len(changes) != TWICE * years:
        return None
    rules = [_rule(changes[at::TWICE]) for at in range(TWICE)]
    return [rule for rule in rules if rule] if all(rules) else None


def _rule(same: Sequence[Change]) -> dict[str, Any] | None:
    one = same[0]
    likes = {(c.wall.month, c.wall.weekday(), c.wall.time(), c.before, c.after) for c in same}
    if len(likes) > 1 or len({c.wall.year for c in same}) < len(same):
        return None
    nth = {(c.wall.day - 1) // 7 + 1 for c in same}
    if all(c.wall.day + 7 > monthrange(c.wall.year, c.wall.month)[1] for c in same):
        nth = {-1}
    if len(nth) > 1:
        return None
    day = f"{nth.pop()}{WEEKDAYS[one.wall.weekday()]}"
    return {"freq": "YEARLY", "bymonth": one.wall.month, "byday": day}


def _observance(change: Change, rule: dict[str, Any] | None = None) -> Any:
    part = TimezoneDaylight() if change.summer else TimezoneStandard()
    part.add("dtstart", change.wall)
    part.add("tzoffsetfrom", change.before)
    part.add("tzoffsetto", change.after)
    if change.name:
        part.add("tzname", change.name)
    if rule:
        part.add("rrule", rule)
    return part
