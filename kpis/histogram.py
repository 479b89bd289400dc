"""Percentiles from counts: a histogram whose buckets grow by a constant factor.

Bucket i holds values in (G^(i-1), G^i] seconds and is read as the value whose largest relative
error over the bucket is smallest, 2·G^i / (G + 1); that error is ERROR (Masson, Rim, Lee:
DDSketch, VLDB 2019). Bucket 0 holds up to one second. Counts of the same bucket add up, so days
merge into any period without losing more.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

import numpy as np

ERROR: Final = 0.03
G: Final = (1 + ERROR) / (1 - ERROR)
# The same in SQL, for a column of seconds.
BUCKET_SQL: Final = (
    f"ceil(ln(greatest(%s, 1)::double precision) / {math.log(G)!r} - 1e-9)::smallint"
)


def bucket(seconds: float) -> int:
    """The bucket that `seconds` falls into."""
    return math.ceil(math.log(max(seconds, 1)) / math.log(G) - 1e-9)


def value(index: int) -> float:
    """What bucket `index` is read as."""
    return 1.0 if index == 0 else 2 * G**index / (G + 1)


def merged(buckets: str, counts: str) -> dict[int, int]:
    """The sum of histograms that follow one another: "3,7,3" and "1,4,2" give {3: 3, 7: 4}."""
    places = np.fromstring(buckets, dtype=np.int64, sep=",")
    numbers = np.fromstring(counts, dtype=np.int64, sep=",")
    total = np.bincount(places, weights=numbers)  # whole numbers, exact up to 2^53
    return {int(place): int(total[place]) for place in np.flatnonzero(total)}


def percentiles(counts: Mapping[int, int], shares: Sequence[float]) -> list[float]:
    """Percentiles by linear interpolation between closest ranks, each within ERROR of the exact
    one (for values above one second)."""
    total = sum(counts.values())
    if not total:
        return []
    buckets = sorted(counts)
    seen = list(accumulate(counts[bucket] for bucket in buckets))
    found = []
    for share in shares:
        place = share * (total - 1)
        low, high = (
            value(buckets[bisect_right(seen, rank)])
            for rank in (math.floor(place), math.ceil(place))
        )
        found.append(low + (high - low) * (place - math.floor(place)))
    return found
