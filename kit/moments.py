"""Moments on somebody's own clock: each Monday at eight, each first of the month, in a zone.

The hour is that of the wall: it stays where it is when summer time begins or ends. An hour that a
clock leaves out is the one after it, an hour that comes twice is the first.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import models


class Weekday(models.IntegerChoices):
    """Days as Python counts them."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)
ENOUGH = 4  # days that are looked at: the first may be over, none is left out twice


def weekly(weekday: int, hour: time, zone: str, *, after: datetime) -> datetime:
    """The first moment after `after` at which it is that weekday (Monday is 0) and hour in `zone`."""
    today = after.astimezone(ZoneInfo(zone)).date()
    first = today + timedelta(days=(weekday - today.weekday()) % 7)
    return _first((first + n * A_WEEK for n in range(ENOUGH)), hour, zone, after)


def monthly(day: int, hour: time, zone: str, *, after: datetime) -> datetime:
    """The same for a day of the month; a month without it has its last day instead."""
    today = after.astimezone(ZoneInfo(zone)).date()
    return _first(_days(today, day), hour, zone, after)


def _days(today: date, day: int) -> Iterator[date]:
    for month in range(today.year * 12 + today.month - 1, today.year * 12 + today.month + ENOUGH):
        year, number = month // 12, month % 12 + 1
        yield date(year, number, min(day, monthrange(year, number)[1]))


def _first(days: Iterator[date], hour: time, zone: str, after: datetime) -> datetime:
    for day in islice(days, ENOUGH):
        moment = datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)
        if moment > after:
            return moment
    raise AssertionError("Four in a row cannot all be over.")


def begin_of(day: date, zone: str) -> datetime:
    """The first moment of a day in `zone`."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
