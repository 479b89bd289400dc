"""Drawing what comes and how each request will live, each stream with numbers of its own.

Arrivals are a Poisson process whose rate changes with the type and the hour of the week, made by
inverting its cumulative rate: the k-th arrival of a type has the same random numbers in every
scenario, so that two scenarios differ by what was changed and not by luck (common random numbers).
A request lives as one of the real ones of its type did, drawn with equal chances.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final

import numpy as np

from forecast.engine.axis import HOURS_A_WEEK, Axis, Floats
from forecast.engine.desk import WORK, Job, Steps

LEAST_LIVES: Final = 5  # of a type with fewer, the lives of all types are drawn
SHORTEST: Final = 60.0  # seconds of a step that was outlived by every past one
WHEN, WHO = 0, 1  # streams of random numbers: when it comes, who it is
GOES_ON: Final = 2**31 - 1  # the stream of what is open; no type has this number


@dataclass(frozen=True)
class Life:
    """What one real request took: its promise in business seconds (None: nothing was promised), and
    its steps; hands-on seconds for those at the desk, business seconds for those elsewhere."""

    target: float | None
    priority: int
    steps: Steps


@dataclass(frozen=True)
class Learned:
    """What the past says. `rates`: arrivals a wall-clock second by type and hour of the week;
    `share`: hands-on seconds of a second in a coordinator's hands, as calibrated."""

    rates: Mapping[int, Floats]
    lives: Mapping[int, Sequence[Life]]
    share: float = 1.0


@dataclass(frozen=True)
class Change:
    """What a scenario changes: arrivals of a type by a factor, hands-on time by a factor."""

    growth: Mapping[int, float] = field(default_factory=dict)
    service: float = 1.0


def generator(seed: int, *path: int) -> np.random.Generator:
    """A stream that depends on the seed and the path alone, on every machine."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=path)))


def arrivals(
    learned: Learned, change: Change, axis: Axis, *, seed: int, replication: int
) -> list[Job]:
    """Everything that comes within the axis, in order. What comes at night is there at opening."""
    jobs: list[Job] = []
    for kind in sorted(learned.rates):
        rate = learned.rates[kind] * change.growth.get(kind, 1.0)
        lives = _lives(learned, kind)
        if not lives or not rate.any():
            continue
        moments = _moments(rate, axis, generator(seed, replication, kind, WHEN))
        marks = generator(seed, replication, kind, WHO).random(len(moments))
        for moment, mark in zip(axis.clock(moments).tolist(), marks.tolist(), strict=True):
            life = lives[int(mark * len(lives))]
            jobs.append(born(kind, moment, life, learned.share * change.service))
    jobs.sort(key=lambda job: job.arrives)
    return jobs


def _lives(learned: Learned, kind: int) -> Sequence[Life]:
    own = learned.lives.get(kind, ())
    if len(own) >= LEAST_LIVES:
        return own
    return [life for key in sorted(learned.lives) for life in learned.lives[key]]


def _moments(rate: Floats, axis: Axis, draws: np.random.Generator) -> Floats:
    """UTC timestamps of a Poisson process with this rate by hour of the week."""
    reached = np.concatenate([[0.0], np.cumsum(rate[axis.hours] * np.diff(axis.walls))])
    whole, total = reached[-1], 0.0
    parts: list[Floats] = []
    while total < whole:  # unit exponentials, drawn in blocks of one size so that none is skipped
        block = total + np.cumsum(draws.standard_exponential(256))
        parts.append(block)
        total = float(block[-1])
    marks = np.concatenate(parts) if parts else np.zeros(0)
    found: Floats = np.interp(marks[marks < whole], reached, axis.walls)
    return found


def born(kind: int, at: float, life: Life, factor: float) -> Job:
    """A request that begins to live like `life` at a business second."""
    due = inf if life.target is None else at + life.target
    steps = tuple((what, s * factor if what == WORK else s) for what, s in life.steps)
    return Job(kind, at, due, life.priority, steps)


@dataclass(frozen=True)
class Open:
    """A real request that is open now: in which step, for how long in it (in the seconds of that
    step), what is left of its promise (negative: late; None: nothing promised), paused or not."""

    key: int
    kind: int
    priority: int
    what: int
    spent: float
    left: float | None
    begun: bool = True


class Rest:
    """What is left of open requests: drawn from lives that lasted at least as long in the same kind of
    step as the request has been in it."""

    def __init__(
        self, learned: Learned, kinds: Iterable[int], change: Change | None = None
    ) -> None:
        self._factor = learned.share * (change.service if change else 1.0)
        self._pools = {kind: _Pool(_lives(learned, kind)) for kind in kinds}

    def jobs(self, rows: Sequence[Open], draws: np.random.Generator) -> list[Job]:
        """One way in which they may go on, from second 0."""
        found = []
        for row, mark in zip(rows, draws.random(len(rows)).tolist(), strict=True):
            left = self._pools[row.kind].rest(row, mark)
            steps = tuple((what, s * self._factor if what == WORK else s) for what, s in left)
            due = inf if row.left is None else row.left
            found.append(Job(row.kind, 0.0, due, row.priority, steps, key=row.key))
        return found


class _Pool:
    """The lives of one type, by the kind of their steps, with what came after each."""

    def __init__(self, lives: Sequence[Life]) -> None:
        self.lives = lives
        self.after: dict[int, tuple[Floats, list[tuple[int, int]]]] = {}
        for what in range(3):
            found = sorted(
                (seconds, n, i)
                for n, life in enumerate(lives)
                for i, (step, seconds) in enumerate(life.steps)
                if step == what
            )
            places = [(n, i) for _, n, i in found]
            self.after[what] = np.array([seconds for seconds, _, _ in found]), places

    def rest(self, row: Open, mark: float) -> Steps:
        """The steps that are left, of a life drawn among those that got so far."""
        if not row.begun:
            return (
                self.lives[int(mark * len(self.lives))].steps if self.lives else ((WORK, SHORTEST),)
            )
        lengths, places = self.after[row.what]
        first = int(np.searchsorted(lengths, row.spent, side="right"))
        if first == len(places):
            tail: Steps = () if row.what == WORK else ((WORK, SHORTEST),)
            return ((row.what, max(SHORTEST, row.spent * 0.1)), *tail)
        n, i = places[first + int(mark * (len(places) - first))]
        steps = self.lives[n].steps
        return ((row.what, steps[i][1] - row.spent), *steps[i + 1 :])


def rate_of(counts: Any, seconds: Floats) -> Floats:
    """Arrivals a second of each hour of the week; none where the hour was not seen."""
    found = np.zeros(HOURS_A_WEEK)
    np.divide(np.asarray(counts, dtype=float), seconds, out=found, where=seconds > 0)
    return found
