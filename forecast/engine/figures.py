"""One replication in figures: what a manager asks about it, and the two laws that every run obeys."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from forecast.engine.axis import HOURS_A_WEEK, Axis
from forecast.engine.desk import Job, Rota, Run
from forecast.engine.stats import percentile

# name -> what it is; the order of the page.
NAMES: Final = (
    "in_promise", "breaches", "turn_median", "turn_p90", "wait_median", "wait_p90", "busy", "queue",
    "arrived", "finished",
)  # fmt: skip
WEEK: Final = 7 * 86_400


@dataclass(frozen=True)
class Window:
    """What is counted: business seconds from `start` (the warm-up is over) to `end`, which are so many
    weeks of the wall clock."""

    start: float
    end: float
    weeks: float

    def holds(self, moment: float) -> bool:
        return self.start <= moment < self.end


def figures_of(run: Run, rota: Rota, axis: Axis, window: Window) -> dict[str, Any]:
    """The figures of one run. Durations are business seconds; `breaches`, `arrived` and `finished` are
    a week. A promise counts in the week it falls due in, a duration when it ends, as the KPIs do.
    None where nothing was there to count."""
    jobs = [job for job in run.jobs if not job.lost]
    due = [job for job in jobs if _fell_due(job, window)]
    broken = sum(job.broke_at >= 0 for job in due)
    turns = sorted(j.finished_at - j.arrives for j in jobs if window.holds(j.finished_at))
    waits = sorted(j.first_at - j.arrives for j in jobs if window.holds(j.first_at))
    arrived = sum(window.holds(job.arrives) for job in jobs)
    clocks = axis.clocks[:-1][axis.open]
    counted = clocks >= window.start
    lengths, hours = np.diff(axis.clocks)[axis.open], axis.hours[axis.open]
    served = (lengths * rota.servers)[counted].sum()
    found = {
        "in_promise": 1 - broken / len(due) if due else None,
        "breaches": broken / window.weeks,
        "turn_median": percentile(turns, 0.5) if turns else None,
        "turn_p90": percentile(turns, 0.9) if turns else None,
        "wait_median": percentile(waits, 0.5) if waits else None,
        "wait_p90": percentile(waits, 0.9) if waits else None,
        "turn_mean": sum(turns) / len(turns) if turns else None,
        "busy": float(run.busy[counted].sum() / served) if served else None,
        "queue": float(run.queued[counted].sum() / lengths[counted].sum())
        if counted.any()
        else None,
        "arrived": arrived / window.weeks,
        "finished": len(turns) / window.weeks,
    }
    by_hour = {
        "busy": _by_hour(run.busy, lengths * rota.servers, hours, counted),
        "queue": _by_hour(run.queued, lengths, hours, counted),
    }
    return {"figures": found, "by_hour": by_hour, "by_day": _by_day(run, axis, lengths)}


def _fell_due(job: Job, window: Window) -> bool:
    """Whether its promise was decided in the window: broken then, or kept and due then."""
    if job.broke_at >= 0:
        return window.holds(job.broke_at)
    return job.finished_at >= 0 and window.holds(job.due)


def _by_hour(top: Any, below: Any, hours: Any, counted: Any) -> dict[str, float]:
    tops = np.bincount(hours[counted], top[counted], minlength=HOURS_A_WEEK)
    belows = np.bincount(hours[counted], below[counted], minlength=HOURS_A_WEEK)
    return {str(h): float(tops[h] / belows[h]) for h in range(HOURS_A_WEEK) if belows[h] > 0}


def _by_day(run: Run, axis: Axis, lengths: Any) -> list[float]:
    """The mean queue of each working day, the warm-up too: the picture that shows whether it grows."""
    days = axis.hours[axis.open] // 24
    if not len(days):
        return []
    starts = [0, *(int(place) + 1 for place in np.flatnonzero(np.diff(days)))]
    ends = [*starts[1:], len(days)]
    return [
        float(run.queued[a:b].sum() / lengths[a:b].sum())
        for a, b in zip(starts, ends, strict=True)
    ]  # fmt: skip


def little(run: Run) -> tuple[float, float]:
    """Little's law within one run: the area under the number inside, and the sum of the times inside;
    they are the same but for rounding."""
    stays = sum(
        (job.finished_at if job.finished_at >= 0 else run.end) - job.arrives
        for job in run.jobs
        if not job.lost and job.arrives < run.end
    )
    return run.inside, stays
