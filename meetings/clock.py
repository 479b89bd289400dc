"""Wall clocks: what a time that people say means as an instant.

A wall time may not exist (the clock is put forward over it: a gap) or exist twice (the clock is put
back: an overlap). Neither is guessed at where somebody can be asked.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WALL: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII)
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200
SECOND: Final = timedelta(seconds=1)


class BadWall(Exception):
    """No time of a wall clock; the message is fit for people to read."""


@dataclass(frozen=True)
class Instant:
    """It is this one moment."""

    at: datetime


@dataclass(frozen=True)
class Gap:
    """The clock never shows it. `before` and `after` are as far away as the clock is put forward;
    `first` is the first moment after the gap."""

    before: datetime
    after: datetime
    first: datetime


@dataclass(frozen=True)
class Overlap:
    """The clock shows it twice."""

    first: datetime
    second: datetime


def naive(text: str) -> datetime:
    """2026-11-24T09:00 as it stands there.

    :raises BadWall: for anything else, or a year that no meeting has.
    """
    if not WALL.fullmatch(text):
        raise BadWall("Write the time as 2026-11-24T09:00.")
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise BadWall("There is no such day or time.") from wrong
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadWall("That year is too far away.")
    return found


def instant(text: str, zone: str) -> Instant | Gap | Overlap:
    """What the clocks of `zone` make of a wall time (2026-11-24T09:00); instants are UTC.

    :raises BadWall: for a text that is no time, or a zone that does not exist.
    """
    wall, clock = naive(text), clock_of(zone)
    early, late = (_utc(wall, clock, fold) for fold in (0, 1))
    if early == late:
        return Instant(early)
    if early < late:
        return Overlap(early, late)
    return Gap(before=late, after=early, first=_first_after(late, early, clock))


def clock_of(zone: str) -> ZoneInfo:
    """:raises BadWall: for a zone that does not exist."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as wrong:
        raise BadWall("That is no time zone. Choose one such as Europe/Amsterdam.") from wrong


def candidates(text: str, zone: str) -> list[datetime]:
    """The moments that it may mean: two in an overlap, the first one after a gap.

    :raises BadWall: as `instant`.
    """
    found = instant(text, zone)
    if isinstance(found, Overlap):
        return [found.first, found.second]
    return [found.at if isinstance(found, Instant) else found.first]


def shown(at: datetime, zone: str) -> str:
    """What the clocks of `zone` show at a moment: 2026-11-24T09:00"""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def _utc(wall: datetime, clock: ZoneInfo, fold: int) -> datetime:
    """By the offset before a change (fold 0) or after it (RFC 5545, 3.3.5 means fold 0)."""
    return wall.replace(tzinfo=clock, fold=fold).astimezone(UTC)


def _first_after(low: datetime, high: datetime, clock: ZoneInfo) -> datetime:
    """When the clock is put forward: between the two, to the second."""
    before = low.astimezone(clock).utcoffset()
    if high.astimezone(clock).utcoffset() == before:  # put forward and back within the gap
        return high
    while high - low > SECOND:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(clock).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
