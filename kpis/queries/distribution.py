"""How the values of a measure are spread: bars that people can read, cut at histogram buckets."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kpis import histogram
from kpis.definitions import Measure
from kpis.queries.filters import Filters
from kpis.queries.sums import histogram_of

MINUTE, HOUR, DAY = 60, 3600, 86_400
_BUSINESS: Final = (
    15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, 40 * HOUR, 80 * HOUR,
)  # fmt: skip
_CALENDAR: Final = (
    15 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY, 30 * DAY,
)  # fmt: skip
_DAYS: Final = (DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 14 * DAY, 21 * DAY, 30 * DAY, 60 * DAY)


@dataclass(frozen=True)
class Bar:
    """Values above the bar before and up to `until` seconds (None: all above)."""

    until: int | None
    n: int
    share: float
    up_to: float  # the share of this bar and all before it


@dataclass(frozen=True)
class Distribution:
    measure: Measure
    total: int
    bars: list[Bar]


def distribution(
    measure: Measure, filters: Filters, counts: Mapping[int, int] | None = None
) -> Distribution:
    """Counts by length; a value within the error of the histogram of a border may lie beside it.

    :param counts: the histogram of the period, where it was read already.
    """
    if counts is None:
        counts = histogram_of(measure, filters)
    bars = _bars(counts, _borders(measure, filters))
    return Distribution(measure, sum(counts.values()), bars)


def _borders(measure: Measure, filters: Filters) -> tuple[int, ...]:
    if measure.unit == "days":
        return _DAYS
    return _BUSINESS if filters.uses_business(measure) else _CALENDAR


def _bars(counts: Mapping[int, int], borders: tuple[int, ...]) -> list[Bar]:
    """A bucket belongs to the bar in which the value lies that it is read as, but one that a border
    itself falls into belongs below it: 8 h sharp is "up to 8 h"."""
    edges = [histogram.bucket(border) for border in borders]
    found = [0] * (len(borders) + 1)
    for bucket, n in counts.items():
        found[bisect_left(edges, bucket)] += n
    total = sum(found)
    last = max((i for i, n in enumerate(found) if n), default=-1)
    bars, seen = [], 0
    for i, n in enumerate(found[: last + 1]):
        seen += n
        until = borders[i] if i < len(borders) else None
        bars.append(Bar(until, n, n / total, seen / total))
    return bars
