"""Dates, times, lengths and periods as calendar files write them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from icalendar import vDuration

from meetings.ical.clocks import Clock, of_zone
from meetings.ical.lines import Property

TIME: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z?))?", re.ASCII)
LENGTH: Final = re.compile(
    r"[+-]?P(?:\d{1,5}W)?(?:\d{1,6}D)?(?:T(?=\d)(?:\d{1,6}H)?(?:\d{1,6}M)?(?:\d{1,9}S)?)?", re.ASCII
)
LONGEST: Final = timedelta(days=366 * 20)
MOST_VALUES: Final = 10_000
A_DAY: Final = timedelta(days=1)
in_utc: Final = of_zone(UTC)
ClockOf = Callable[[Property], Clock]


class BadValue(Exception):
    """Something that cannot be read; the message is fit for people to read."""


@dataclass(frozen=True)
class Stamp:
    """A moment as it is written: a wall time on a clock, or a day on the owner's clock."""

    wall: datetime
    clock: Clock
    is_date: bool = False

    @property
    def instant(self) -> datetime:
        return self.clock(self.wall)

    @property
    def day(self) -> date:
        return self.wall.date()


@dataclass(frozen=True)
class Length:
    """How long: so many days of the wall clock, and then so much time."""

    days: int = 0
    time: timedelta = timedelta(0)


def stamp(line: Property, clock_of: ClockOf, text: str | None = None) -> Stamp:
    """:raises BadValue: if it is no date and no time."""
    text = (line.value if text is None else text).strip()
    match = TIME.fullmatch(text)
    if match is None:
        raise BadValue(f"{line.name} is no date: {text[:30]}")
    year, month, day, hour, minute, second, utc = match.groups()
    try:
        # Second 60 is a leap second; some write 24:00 for the end of a day: neither is a time here.
        wall = datetime(  # noqa: DTZ001 - a wall time
            int(year), int(month), int(day), int(hour or 0), int(minute or 0),
            min(int(second or 0), 59),
        )  # fmt: skip
    except ValueError as wrong:
        raise BadValue(f"{line.name} is no date that there is: {text[:30]}") from wrong
    return Stamp(wall, in_utc if utc else clock_of(line), is_date=hour is None)


def stamps(line: Property, clock_of: ClockOf) -> list[tuple[Stamp, Stamp | Length | None]]:
    """(begin, end or length or None) of each value of an RDATE or EXDATE.

    :raises BadValue: for the first that cannot be read, or if there are too many.
    """
    parts = line.value.split(",", MOST_VALUES)
    if len(parts) > MOST_VALUES:
        raise BadValue(f"{line.name} has more than {MOST_VALUES:,} dates")
    return [_one(line, clock_of, part) for part in parts if part.strip()]


def _one(line: Property, clock_of: ClockOf, part: str) -> tuple[Stamp, Stamp | Length | None]:
    begin, slash, end = part.partition("/")
    first = stamp(line, clock_of, begin)
    if not slash:
        return first, None
    if end.strip().upper().startswith(("P", "+P", "-P")):
        return first, length(line.name, end)
    return first, stamp(line, clock_of, end)


def length(name: str, text: str) -> Length:
    """:raises BadValue: for what is no DURATION, or none that goes forward."""
    text = text.strip().upper()
    if not LENGTH.fullmatch(text) or text.endswith(("P", "T")):
        raise BadValue(f"{name} is no length: {text[:30]}")
    try:
        whole = vDuration.from_ical(text)  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError) as wrong:
        raise BadValue(f"{name} is no length: {text[:30]}") from wrong
    if whole < timedelta(0):
        raise BadValue("it ends before it begins")
    if whole > LONGEST:
        raise BadValue("it is longer than twenty years")
    return Length(whole.days if "T" not in text or "D" in text or "W" in text else 0,
                  timedelta(seconds=whole.seconds) if "D" in text or "W" in text or "T" not in text
                  else whole)  # fmt: skip


def end_of(begin: Stamp, wall: datetime, size: Length) -> datetime:
    """The instant at which what begins at `wall` ends.

    :raises BadValue: beyond the end of time.
    """
    try:
        return begin.clock(wall + timedelta(days=size.days)) + size.time
    except OverflowError as wrong:
        raise BadValue("it ends after the end of time") from wrong
