"""Signal or noise: natural limits of a series (XmR chart) and runs beside its mean.

Limits are mean ± 2.66 average moving ranges; eight in a row on one side of the mean are a run
(Wheeler, Understanding Variation).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

FEWEST: Final = 6  # fewer periods say nothing about what is usual
RUN: Final = 8
SPREAD: Final = 2.66


@dataclass(frozen=True)
class Reading:
    """What is usual, which points are not, and the words for the last ones."""

    mean: float | None
    low: float | None
    high: float | None
    signals: frozenset[int]
    words: str

    @property
    def is_signal(self) -> bool:
        return self.words.startswith("Signal")


def read(values: Sequence[float | None], *, ceiling: float | None = None) -> Reading:
    """Read a series of periods, oldest first; None is a gap. `ceiling` is 1 for shares."""
    known = [(i, v) for i, v in enumerate(values) if v is not None]
    if len(known) < FEWEST:
        return Reading(None, None, None, frozenset(), "Too few periods to tell signal from noise.")
    series = [v for _, v in known]
    mean = sum(series) / len(series)
    moves = [abs(b - a) for a, b in pairwise(series)]
    reach = SPREAD * sum(moves) / len(moves)
    low = max(mean - reach, 0.0)
    high = mean + reach if ceiling is None else min(mean + reach, ceiling)
    beyond = {i for i, v in known if not low <= v <= high}
    run = _run(known, mean)
    words = _words(known[-1], beyond, run, mean, high)
    return Reading(mean, low, high, frozenset(beyond | set(run)), words)


def _run(known: Sequence[tuple[int, float]], mean: float) -> list[int]:
    """The run at the end of the series, if it is long enough."""
    last = known[-1][1]
    places: list[int] = []
    for place, value in reversed(known):
        if value == mean or (value > mean) != (last > mean):
            break
        places.append(place)
    return places if len(places) >= RUN else []


def _words(
    last: tuple[int, float], beyond: set[int], run: list[int], mean: float, high: float
) -> str:
    place, value = last
    if place in beyond:
        return f"Signal: the last period is {'above' if value > high else 'below'} the usual range."
    if run:
        return (
            f"Signal: {len(run)} periods in a row {'above' if value > mean else 'below'} the mean."
        )
    if beyond:
        return "Noise now; an earlier period was beyond the usual range."
    return "Noise: within the usual range."
