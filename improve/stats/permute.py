"""Lengths and loads: permutation tests, and bands by the bootstrap."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from improve.stats.exact import Floats, Z

MOST: Final = 9_999
ENOUGH: Final = 20  # so many as extreme: the chance is known well enough, and it is no small one
RESAMPLES: Final = 399
LARGE: Final = 2_000  # above this the mean is as good as normal
MANY: Final = 500  # on both sides: the normal limit is as good as ten thousand draws
BLOCK: Final = 64
TINY: Final = 1e-9


def larger_mean(values: Floats, own: NDArray[np.bool_], rng: np.random.Generator) -> float:
    """Permutation test, one side: the chance of so large a mean of the `own` values, if which ones
    are own were chance. Stops early once it is plainly no rare one (Besag and Clifford 1991). With
    many on both sides the sum follows its normal limit, whose variance under permutation is known."""
    size = int(own.sum())
    rest = values.size - size
    if size == 0 or rest == 0:
        return 1.0
    if min(size, rest) >= MANY:
        return _limit(values, own)
    flip = size > rest  # the smaller group is drawn; the sum of the other follows
    drawn = rest if flip else size
    mine = float(values[~own if flip else own].sum())
    as_extreme = turns = 0
    while turns < MOST and as_extreme < ENOUGH:
        sums = _draws(values, drawn, min(BLOCK, MOST - turns), rng)
        beyond = sums <= mine + TINY if flip else sums >= mine - TINY
        as_extreme += int(beyond.sum())
        turns += sums.size
    return (as_extreme + 1) / (turns + 1)


def _limit(values: Floats, own: NDArray[np.bool_]) -> float:
    """The upper tail of the normal that means of draws without putting back follow."""
    size, whole = int(own.sum()), values.size
    spread = float(values.std(ddof=1))
    if spread <= 0:
        return 1.0
    error = spread * math.sqrt((1 - size / whole) / size)
    return 0.5 * math.erfc(
        (float(values[own].mean()) - float(values.mean())) / error / math.sqrt(2)
    )


def _draws(values: Floats, size: int, many: int, rng: np.random.Generator) -> Floats:
    """Sums of `many` draws of `size` values each, without putting back."""
    if values.size > LARGE:
        picks = (rng.choice(values, size, replace=False, shuffle=False) for _ in range(many))
        return np.array([float(one.sum()) for one in picks])
    marks = rng.random((many, values.size))
    chosen = np.argpartition(marks, size - 1, axis=1)[:, :size]
    sums: Floats = values[chosen].sum(axis=1)
    return sums


def difference_band(
    values: Floats, others: Floats, rng: np.random.Generator
) -> tuple[float, float]:
    """95 % of the difference of two means: by resampling, or as normal when both groups are large."""
    if min(values.size, others.size) > LARGE:
        gap = float(values.mean() - others.mean())
        error = math.sqrt(values.var() / values.size + others.var() / others.size)
        return gap - Z * error, gap + Z * error
    gaps = _means(values, rng) - _means(others, rng)
    low, high = np.quantile(gaps, (0.025, 0.975))
    return float(low), float(high)


def _means(values: Floats, rng: np.random.Generator) -> Floats:
    """Means of resamples; a large group's are drawn from the normal that they follow."""
    if values.size > LARGE:
        spread = float(values.std()) / math.sqrt(values.size)
        return rng.normal(float(values.mean()), spread, RESAMPLES)
    picks = rng.integers(0, values.size, (RESAMPLES, values.size))
    means: Floats = values[picks].mean(axis=1)
    return means


def exchangeable_above(table: Floats, rng: np.random.Generator) -> float:
    """Permutation test of a table weeks x people: the chance that the sums of the columns lie so
    far apart, if within each week anybody could have had anybody's share."""
    weeks, people = table.shape
    if weeks == 0 or people <= 1:
        return 1.0
    seen = float(table.sum(axis=0).var())
    as_extreme, turns = 0, 0
    while turns < MOST and as_extreme < ENOUGH:
        size = min(BLOCK, MOST - turns)
        many = rng.permuted(np.broadcast_to(table, (size, weeks, people)).copy(), axis=2)
        as_extreme += int((many.sum(axis=1).var(axis=1) >= seen - TINY).sum())
        turns += size
    return (as_extreme + 1) / (turns + 1)
