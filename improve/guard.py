"""What keeps noise away: enough rows, an effect that matters, one bound for all that was tested
together, and a second look at the later half of the period."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from improve.detectors.base import Detector, Measured

MOST_FALSE: Final = 0.05  # of what is raised, on average at most so many are noise
LATER_P: Final = 0.10  # half of the rows cannot say as much as all of them
LEAST_HOURS: Final = 0.5  # a month; less is not worth anybody's morning


@dataclass(frozen=True)
class Guard:
    """`on=False` exists to show in tests what would be raised without it."""

    on: bool = True

    def enough(self, detector: Detector, n: int) -> bool:
        return n >= (detector.minimum if self.on else 2)

    def matters(self, detector: Detector, found: Measured) -> bool:
        """The effect is large enough, and so is the lower end of its interval."""
        if not self.on:
            return found.effect > 0
        return (
            found.effect >= detector.least
            and found.low >= detector.least_low
            and found.hours_low >= LEAST_HOURS
        )

    def stands(self, detector: Detector, later: Measured | None) -> bool:
        """It is there in the later half as well, and not by chance."""
        if not self.on:
            return True
        return later is not None and later.effect >= detector.least_later and later.p <= LATER_P

    def passes(self, p: float, q: float) -> bool:
        return q <= MOST_FALSE if self.on else p <= MOST_FALSE


def benjamini_hochberg(chances: Sequence[float]) -> list[float]:
    """The q of each p: the smallest share of false ones at which it would still be raised
    (Benjamini and Hochberg 1995)."""
    m = len(chances)
    if m == 0:
        return []
    order = np.argsort(chances)
    ranked = np.asarray(chances, dtype=np.float64)[order] * m / np.arange(1, m + 1)
    smallest = np.minimum.accumulate(ranked[::-1])[::-1]
    found = np.empty(m)
    found[order] = np.minimum(smallest, 1.0)
    return [float(q) for q in found]


def confidence(q: float) -> str:
    """How sure, in a word."""
    if q <= 0.001:  # noqa: PLR2004 - the words' own bounds
        return "Very strong"
    return "Strong" if q <= 0.01 else "Fair"  # noqa: PLR2004
