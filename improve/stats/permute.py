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
BLOCK: Final = 64


def larger_mean(values: Floats, own: NDArray[np.bool_], rng: np.random.Generator) -> float:
    """Permutation test, one side: the chance of so large a mean of the `own` values, if which ones
    are own were chance. Stops early once it is plainly no rare one (Besag and Clifford 1991)."""
    size = int(own.sum())
    rest = values.size - size
    if size == 0 or rest == 0:
        return 1.0
    flip = size > rest  # the smaller group is drawn; the sum of the other follows
    drawn_size = rest if flip else size
    mine = float(values[~own if flip else own].sum())
    as_extreme = 0
    for turn in range(1, MOST + 1):
        got = float(rng.choice(values, drawn_size, replace=False, shuffle=False).sum())
        beyond = got <= mine + 1e-9 if flip else got >= mine - 1e-9
        as_extreme += beyond
        if as_extreme >= ENOUGH:
            return as_extreme / turn
    return (as_extreme + 1) / (MOST + 1)


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
        as_extreme += int((many.sum(axis=1).var(axis=1) >= seen - 1e-9).sum())
        turns += size
    return (as_extreme + 1) / (turns + 1)
