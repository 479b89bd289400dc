"""Arithmetic of sorted intervals."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
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


def counted(
    candidates: Sequence[datetime], length: timedelta, each: Iterable[Sequence[Interval]]
) -> list[int]:
    """How many of `each` are free for `length` from each of the sorted candidates on.

    One step up and one down for every interval: the cost is that of the intervals, not of
    candidates times people.
    """
    steps = [0] * (len(candidates) + 1)
    for intervals in each:
        for start, end in intervals:
            first, last = bisect_left(candidates, start), bisect_right(candidates, end - length)
            if first < last:
                steps[first] += 1
                steps[last] -= 1
    return list(accumulate(steps[:-1]))


def both(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """What two sorted lists of intervals share."""
    shared, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            shared.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return shared
