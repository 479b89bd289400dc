"""The desk as a queue, event by event: a heap of what comes next, a heap of who waits.

Time is business seconds. Coordinators take the waiting request that comes first in the order of the
queue and work on one at a time. Where fewer of them work in the next hour, what was begun last is put
down and taken up first later. While a request waits for somebody else nobody at the desk is bound.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final, Literal

import numpy as np

from forecast.engine.axis import Floats, Ints

WORK, WAIT, PAUSE = 0, 1, 2  # what a step is: on the desk; elsewhere; elsewhere, the promise waits
ARRIVES, BACK, DONE, HOUR = 0, 1, 2, 3
Order = Literal["due", "priority", "first"]
Steps = tuple[tuple[int, float], ...]
BEGUN: Final = (-inf, -inf)  # work that was put down comes before what nobody began


@dataclass(slots=True)
class Job:
    """One request. `due` is the business second of its promise, inf when there is none."""

    kind: int
    arrives: float
    due: float
    priority: int
    steps: Steps
    key: int = 0  # of the real request, if it is one
    step: int = 0
    left: float = 0.0
    begun_at: float = 0.0
    turn: int = 0  # a finish that was planned for an earlier turn counts no more
    first_at: float = -1.0
    finished_at: float = -1.0
    broke_at: float = -1.0
    lost: bool = False


@dataclass(frozen=True)
class Rota:
    """How many work from `bounds[i]` to `bounds[i + 1]`. `room`: at most so many at the desk at once,
    others are turned away; None: all may wait."""

    bounds: Floats
    servers: Ints
    order: Order = "due"
    room: int | None = None


@dataclass
class Run:
    """What was seen: areas under the curves by segment, in request-seconds."""

    jobs: Sequence[Job]
    end: float
    events: int
    busy: Floats
    queued: Floats
    inside: float  # of all that had arrived and were not finished, waiting elsewhere included
    lost: int = 0


@dataclass(slots=True)
class _Desk:
    """What stands where at this moment."""

    rota: Rota
    heap: list[tuple[float, int, int, Job | None, int]]
    waiting: list[tuple[tuple[float, float], int, Job]] = field(default_factory=list)
    working: list[Job] = field(default_factory=list)
    free: int = 0
    segment: int = -1
    numbers: int = 0

    def plan(self, at: float, what: int, job: Job | None) -> None:
        self.numbers += 1
        heapq.heappush(self.heap, (at, self.numbers, what, job, job.turn if job else 0))

    def rank(self, job: Job) -> tuple[float, float]:
        if self.rota.order == "due":
            return job.due, 0.0
        return (float(job.priority), job.due) if self.rota.order == "priority" else (0.0, 0.0)

    def join(self, job: Job, rank: tuple[float, float]) -> None:
        self.numbers += 1
        heapq.heappush(self.waiting, (rank, self.numbers, job))

    def serve(self, now: float) -> None:
        """Give the free hands their next work."""
        while self.free > 0 and self.waiting:
            job = heapq.heappop(self.waiting)[2]
            if job.first_at < 0:
                job.first_at = now
            job.begun_at = now
            job.turn += 1
            self.free -= 1
            self.working.append(job)
            self.plan(now + job.left, DONE, job)

    def next_step(self, job: Job, now: float) -> None:
        """Send a job to its next step; without one it is finished."""
        while job.step < len(job.steps):
            what, seconds = job.steps[job.step]
            if what == WORK:
                job.left = seconds
                self.join(job, self.rank(job))
                return
            if seconds > 0:
                if what == PAUSE:
                    _pause(job, now)
                self.plan(now + seconds, BACK, job)
                return
            job.step += 1
        job.finished_at = now
        _check(job, now)

    def change_hands(self, now: float) -> None:
        """The next segment begins, with more or fewer who work."""
        self.segment += 1
        servers = int(self.rota.servers[self.segment])
        while len(self.working) > servers:
            job = self.working.pop()
            job.left -= now - job.begun_at
            job.turn += 1
            self.join(job, BEGUN)
        self.free = servers - len(self.working)
        if self.segment + 1 < len(self.rota.servers):
            self.plan(float(self.rota.bounds[self.segment + 1]), HOUR, None)


@dataclass(slots=True)
class _Areas:
    """Who worked, who waited, who was there, added up as time goes on."""

    busy: list[float]
    queued: list[float]
    area: float = 0.0
    inside: int = 0
    last: float = 0.0

    def until(self, now: float, desk: _Desk) -> None:
        passed = now - self.last
        if passed > 0:
            self.busy[desk.segment] += passed * len(desk.working)
            self.queued[desk.segment] += passed * len(desk.waiting)
            self.area += passed * self.inside
            self.last = now


def _check(job: Job, now: float) -> None:
    """Note when a promise broke, the first time; what was late from the start broke at second 0."""
    if job.due < now and job.broke_at < 0:
        job.broke_at = max(job.due, 0.0)


def _pause(job: Job, now: float) -> None:
    """The promise waits: what is left of it is kept as a negative due, which never breaks."""
    _check(job, now)
    job.left = job.due - now
    job.due = inf


def _came_back(job: Job, now: float) -> None:
    if job.steps[job.step][0] == PAUSE:
        job.due = now + job.left
    job.step += 1


def simulate(jobs: Sequence[Job], rota: Rota, *, end: float) -> Run:
    """Play the jobs, in the order in which they arrive, from second 0 until `end`.

    The jobs are used up: they say afterwards what became of them.
    """
    desk = _Desk(rota, [(0.0, 0, HOUR, None, 0)])
    run = Run(jobs, end, 0, np.zeros(0), np.zeros(0), 0.0)
    seen = _Areas([0.0] * len(rota.servers), [0.0] * len(rota.servers))
    coming = iter(jobs)
    following = next(coming, None)
    heap = desk.heap
    while heap or following is not None:
        arrival = following is not None and (not heap or following.arrives < heap[0][0])
        now = following.arrives if arrival and following else heap[0][0]
        seen.until(min(now, end), desk)
        if now >= end:
            break
        run.events += 1
        if arrival and following is not None:
            seen.inside += _arrive(desk, following, now, run)
            following = next(coming, None)
        else:
            seen.inside -= _happen(desk, now)
        desk.serve(now)
    seen.until(end, desk)
    run.busy, run.queued, run.inside = np.array(seen.busy), np.array(seen.queued), seen.area
    for job in jobs:
        if job.finished_at < 0 and not job.lost and job.arrives < end:
            _check(job, end)
    return run


def _arrive(desk: _Desk, job: Job, now: float, run: Run) -> int:
    room = desk.rota.room
    if room is not None and len(desk.working) + len(desk.waiting) >= room:
        job.lost = True
        run.lost += 1
        return 0
    desk.next_step(job, now)
    return 0 if job.finished_at >= 0 else 1


def _happen(desk: _Desk, now: float) -> int:
    """Let the next thing of the heap happen; returns how many left."""
    _, _, what, job, turn = heapq.heappop(desk.heap)
    if job is None:
        desk.change_hands(now)
        return 0
    if what == DONE:
        if turn != job.turn:
            return 0  # it was put down meanwhile
        desk.working.remove(job)
        desk.free += 1
        job.step += 1
    else:
        _came_back(job, now)
    desk.next_step(job, now)
    return 1 if job.finished_at >= 0 else 0
