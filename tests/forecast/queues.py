"""Queues that have a formula, played by the engine."""

from math import inf

import numpy as np

from forecast.engine.desk import WORK, Job, Rota, simulate
from forecast.engine.sampling import generator
from forecast.engine.stats import band

LOT = 30  # replications
# One band in a thousand misses the truth by chance. Seeds are fixed, so a pass stays one; that bands
# miss no more often than they say is tested over many seeds (slow), and job by job without any chance.
LEVEL = 0.999


def jobs_of(arrivals, service, *, end, seed, replication):
    """Poisson arrivals; `service(draws, n)` gives n service times."""
    draws = generator(seed, replication)
    n = int(arrivals * end * 1.2) + 200
    moments = np.cumsum(draws.exponential(1 / arrivals, n))
    times = service(draws, n)
    pairs = zip(moments.tolist(), times.tolist(), strict=True)
    return [Job(0, at, inf, 3, ((WORK, s),)) for at, s in pairs if at < end]


def exponential(mean):
    return lambda draws, n: draws.exponential(mean, n)


def play(
    arrivals, service, servers, *, end=12_000.0, seed=1, replication=0, room=None, play=simulate
):
    rota = Rota(np.array([0.0]), np.array([servers]), "first", room)
    jobs = jobs_of(arrivals, service, end=end, seed=seed, replication=replication)
    return play(jobs, rota, end=end)


def waits(run, *, warm=0.15):
    """Waits of those who came after the warm-up and began."""
    return [
        j.first_at - j.arrives for j in run.jobs if j.arrives > run.end * warm and j.first_at >= 0
    ]


def mean_wait(*args, lot=LOT, **more):
    runs = (play(*args, replication=r, **more) for r in range(lot))
    return band([float(np.mean(waits(run))) for run in runs], LEVEL)


def share_over(seconds, *args, lot=LOT, **more):
    runs = (play(*args, replication=r, **more) for r in range(lot))
    return band([float(np.mean(np.array(waits(run)) > seconds)) for run in runs], LEVEL)
