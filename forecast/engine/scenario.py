"""A scenario, replication by replication; and the share of hands-on time that fits the past."""

from dataclasses import dataclass, replace
from typing import Any, Final

from forecast.engine.axis import Axis, Ints
from forecast.engine.desk import Order, Rota, Run, simulate
from forecast.engine.figures import Window, figures_of, little
from forecast.engine.sampling import Change, Learned, arrivals

FIT_STEPS: Final = 7
FIT_RUNS: Final = 3
LEAST_SHARE: Final = 0.02
ROUNDING: Final = 1e-6


@dataclass(frozen=True)
class Plan:
    """Everything that a replication needs; the same plan and seed give the same figures for ever.

    `servers`: how many work in each open segment of the axis. The first `warm_up` wall-clock
    seconds fill the empty desk and count for nothing.
    """

    learned: Learned
    axis: Axis
    servers: Ints
    change: Change
    warm_up: float
    seed: int
    order: Order = "due"

    @property
    def rota(self) -> Rota:
        opened = self.axis.open
        bounds = self.axis.clocks[:-1][opened]
        return Rota(bounds, self.servers, self.order)

    @property
    def window(self) -> Window:
        start = self.axis.walls[0] + self.warm_up
        weeks = (self.axis.walls[-1] - start) / (7 * 86_400)
        return Window(float(self.axis.clock(start)), self.axis.total, weeks)


def play(plan: Plan, replication: int) -> Run:
    jobs = arrivals(plan.learned, plan.change, plan.axis, seed=plan.seed, replication=replication)
    return simulate(jobs, plan.rota, end=plan.axis.total)


class BrokenLaw(Exception):
    """A run breaks Little's law: the engine is wrong, and its figures are worth nothing."""


def replicate(plan: Plan, replication: int) -> dict[str, Any]:
    """The figures of one replication, and how many events it took.

    :raises BrokenLaw: never, unless the engine has a mistake; every run is checked.
    """
    run = play(plan, replication)
    area, stays = little(run)
    if abs(area - stays) > ROUNDING * max(stays, 1.0):
        raise BrokenLaw(f"Requests were there for {area} s, and stayed for {stays} s.")
    return {**figures_of(run, plan.rota, plan.axis, plan.window), "events": run.events}


def fitted_share(plan: Plan, wanted: float) -> float:
    """The share of the time in a coordinator's hands that is work on it, found by halving: with it
    the simulated past has the mean turnaround that was measured (`wanted`, business seconds).

    The time in somebody's hands is measured, the work is not; time in hands is the most it can be.
    1 when even that is too short, and the rest of the past stays unexplained.
    """

    def mean(share: float) -> float:
        tried = replace(plan, learned=replace(plan.learned, share=share))
        found = [replicate(tried, r)["figures"]["turn_mean"] for r in range(FIT_RUNS)]
        seen = [value for value in found if value is not None]
        return sum(seen) / len(seen) if seen else 0.0

    if mean(1.0) <= wanted:
        return 1.0
    low, high = LEAST_SHARE, 1.0
    for _ in range(FIT_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if mean(middle) <= wanted else (low, middle)
    return low
