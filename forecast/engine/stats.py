"""Bands: what a mean over replications may be, by Student's t; differences of pairs; percentiles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, isfinite, lgamma, log, log1p, sqrt
from typing import Final

LEVEL: Final = 0.95
TINY: Final = 1e-300
STEPS: Final = 400


@dataclass(frozen=True)
class Band:
    """A mean over `n` replications; with probability `level` the true one lies in [low, high]."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def half(self) -> float:
        return (self.high - self.low) / 2


def band(values: Sequence[float], level: float = LEVEL) -> Band:
    """The t interval of independent replications; without two of them it is as wide as it can be."""
    n = len(values)
    if not n:
        return Band(float("nan"), float("nan"), float("nan"), 0)
    mean = sum(values) / n
    if n == 1:
        return Band(mean, mean, mean, 1)
    spread = sqrt(sum((value - mean) ** 2 for value in values) / (n - 1) / n)
    half = t_quantile((1 + level) / 2, n - 1) * spread
    return Band(mean, mean - half, mean + half, n)


def difference(
    one: Sequence[float], other: Sequence[float], *, paired: bool, level: float = LEVEL
) -> Band:
    """`other` less `one`. Paired: both were played with the same numbers, so chance cancels out; else
    by Welch (Biometrika 34, 1947)."""
    if paired:
        return band([b - a for a, b in zip(one, other, strict=True)], level)
    first, second = band(one, level), band(other, level)
    parts = [(_variance(v) / len(v), len(v)) for v in (one, other) if len(v) > 1]
    mean, whole = second.mean - first.mean, sum(part for part, _ in parts)
    if not whole or len(parts) < 2:  # noqa: PLR2004 - one of them has no spread
        return Band(mean, mean, mean, min(len(one), len(other)))
    freedom = whole**2 / sum(part**2 / (n - 1) for part, n in parts)
    half = t_quantile((1 + level) / 2, freedom) * sqrt(whole)
    return Band(mean, mean - half, mean + half, min(len(one), len(other)))


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


@lru_cache(maxsize=256)
def t_quantile(share: float, freedom: float) -> float:
    """Where Student's t with `freedom` degrees reaches `share` (above one half), by halving."""
    return _halve(lambda t: t_share(t, freedom) < share)


def t_share(t: float, freedom: float) -> float:
    """The probability that Student's t stays below `t` (0 or more)."""
    return 1 - 0.5 * _beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def _halve(below: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    while below(high):
        low, high = high, high * 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _safe(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, STEPS):
        for top in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / _safe(1 + top * d), _safe(1 + top / c)
            found *= c * d
        if abs(c * d - 1) < 1e-15:  # noqa: PLR2004 - as exact as a double is
            break
    return found


def _safe(value: float) -> float:
    return value if abs(value) > TINY else TINY


def percentile(ordered: Sequence[float], share: float) -> float:
    """Linear between closest ranks, as everywhere here; nan of nothing."""
    if not ordered:
        return float("nan")
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def known(values: Sequence[float | None]) -> list[float]:
    """Those that are numbers."""
    return [value for value in values if value is not None and isfinite(value)]
