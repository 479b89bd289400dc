"""Arithmetic of sorted intervals."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

from kit.business_time import Interval


def fits(start: datetime, end: datetime, intervals: Sequence[Interval]) -> bool:
    """Whether one of the sorted intervals holds all of it."""
    i = bisect_right(intervals, start, key=itemgetter(0)) - 1
    return i >= 0 and end <= intervals[i][1]


def starts(
    free: Iterable[Interval], length: timedelta, step: timedelta, zone: ZoneInfo
) -> Iterable[datetime]:
    """Times on the grid of `step`, counted from the full hour of that clock, at which `length` fits."""
    seconds = step.total_seconds()
    for start, end in free:
        offset = start.astimezone(zone).utcoffset() or timedelta()
        past = timedelta(seconds=(start.timestamp() + offset.total_seconds()) % seconds)
        at = start if not past else start + step - past
        while at + length <= end:
            yield at
            at += step
