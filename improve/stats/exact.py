"""Counts: exact tests and score intervals."""

import math
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Z: Final = 1.959964  # both tails of 5 %
DRAWS: Final = 19_999


@lru_cache(maxsize=4)
def _table(size: int) -> Floats:
    """log(0!), log(1!), ... log(size!)."""
    logs: Floats = np.zeros(size + 1)
    np.cumsum(np.log(np.arange(1, size + 1, dtype=np.float64)), out=logs[1:])
    return logs


def _factorials(most: int) -> Floats:
    """A table that is long enough, in few lengths, so that it is seldom made anew."""
    return _table(1 << max(10, most.bit_length()))


def _added(logs: Floats) -> float:
    """The sum of what `logs` are the logarithms of; never above 1."""
    top = float(logs.max())
    return min(1.0, math.exp(top) * float(np.exp(logs - top).sum()))


def fisher_above(hits: int, n: int, other_hits: int, other_n: int) -> float:
    """Fisher's exact test, one side: how likely `hits` of `n` or more are, if both groups are alike.

    The margins are held; the count is hypergeometric.
    """
    together, whole = hits + other_hits, n + other_n
    most = min(n, together)
    if hits > most or n == 0 or other_n == 0:
        return 1.0
    log = _factorials(whole)
    k = np.arange(hits, most + 1)
    k = k[together - k <= other_n]
    chances = (
        log[n] - log[k] - log[n - k]
        + log[other_n] - log[together - k] - log[other_n - together + k]
        - (log[whole] - log[together] - log[whole - together])
    )  # fmt: skip
    return _added(chances)


def binomial_above(hits: int, n: int, chance: float) -> float:
    """The exact chance of `hits` or more of `n`, each with `chance`."""
    if hits <= 0:
        return 1.0
    if hits > n:
        return 0.0
    log = _factorials(n)
    k = np.arange(hits, n + 1)
    chances = log[n] - log[k] - log[n - k] + k * math.log(chance) + (n - k) * math.log1p(-chance)
    return _added(chances)


def wilson(hits: float, n: float) -> tuple[float, float]:
    """Wilson's score interval of a share, 95 %."""
    if n <= 0:
        return 0.0, 1.0
    share, square = hits / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def newcombe(hits: float, n: float, other_hits: float, other_n: float) -> tuple[float, float]:
    """Newcombe's interval of the difference of two shares (his method 10), 95 %."""
    if n <= 0 or other_n <= 0:
        return -1.0, 1.0
    share, other = hits / n, other_hits / other_n
    low, high = wilson(hits, n)
    other_low, other_high = wilson(other_hits, other_n)
    down = math.hypot(share - low, other_high - other)
    up = math.hypot(high - share, other - other_low)
    return share - other - down, share - other + up


def not_better_by(
    margin: float, hits: int, n: int, other_hits: int, other_n: int, *, rng: np.random.Generator
) -> float:
    """How likely so small a gain is, if the share of the first group were better by `margin`.

    The reverse of the usual question: a small value says that it is *not* better by that much.
    Drawn at the shares that fit best under "better by exactly `margin`" (parametric bootstrap).
    """
    if n == 0 or other_n == 0:
        return 1.0
    other = (hits + other_hits - n * margin) / (n + other_n)
    other = min(max(other, 0.0), 1.0 - margin)
    seen = hits / n - other_hits / other_n
    drawn: NDArray[Any] = (
        rng.binomial(n, other + margin, DRAWS) / n - rng.binomial(other_n, other, DRAWS) / other_n
    )
    return float((1 + (drawn <= seen + 1e-12).sum()) / (DRAWS + 1))
