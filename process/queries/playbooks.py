"""Do playbooks go as written? Each run about a request or order against its steps."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from django.db.models import Q

from process.models import EventLog
from process.queries.filters import Filters
from tasks.models import PlaybookRun, Status, Task

SUBJECTS: Final = {
    EventLog.Source.REQUESTS: "desk.salesrequest", EventLog.Source.ORDERS: "orders.order",
}  # fmt: skip
MOST: Final = 20_000  # newest runs that are looked at


@dataclass(frozen=True)
class PlaybookFit:
    """Runs of one playbook: finished, done in the order written with nothing dropped; and which steps
    were dropped or done before an earlier one, by how many runs."""

    name: str
    runs: int
    finished: int
    fitting: int
    dropped: tuple[tuple[str, int], ...]
    early: tuple[tuple[str, int], ...]

    @property
    def share(self) -> float | None:
        return self.fitting / self.finished if self.finished else None


def playbooks(log: EventLog, filters: Filters) -> list[PlaybookFit]:
    """Playbooks that ran on the subjects of a built-in log, most runs first."""
    subject = SUBJECTS.get(EventLog.Source(log.source))
    if subject is None:
        return []
    asked = filters.conditions()
    begun = Q(subject_type=subject)
    if "started_at__gte" in asked:
        begun &= Q(started_at__gte=asked["started_at__gte"])
    if "started_at__lt" in asked:
        begun &= Q(started_at__lt=asked["started_at__lt"])
    runs = list(
        PlaybookRun.objects.filter(begun).order_by("-pk").values_list("pk", "playbook__name")[:MOST]
    )
    tasks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Task.objects.filter(run__in=[pk for pk, _ in runs], previous=None).order_by("step")
    for row in rows.values("run_id", "step", "title", "status", "closed_at"):
        tasks[row["run_id"]].append(dict(row))
    by_name: dict[str, list[list[dict[str, Any]]]] = defaultdict(list)
    for pk, name in runs:
        by_name[name].append(tasks[pk])
    fits = [_fit(name, found) for name, found in by_name.items()]
    return sorted(fits, key=lambda fit: (-fit.runs, fit.name))


def _fit(name: str, runs: list[list[dict[str, Any]]]) -> PlaybookFit:
    finished = fitting = 0
    dropped: dict[str, int] = defaultdict(int)
    early: dict[str, int] = defaultdict(int)
    for steps in runs:
        left_out = [s for s in steps if s["status"] == Status.DROPPED]
        before = _turned(steps)
        for step in left_out:
            dropped[_step(step)] += 1
        for step in before:
            early[_step(step)] += 1
        if all(s["status"] != Status.OPEN for s in steps):
            finished += 1
            fitting += not (left_out or before)
    return PlaybookFit(name, len(runs), finished, fitting, _ranked(dropped), _ranked(early))


def _turned(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps that were done before the one that stands above them."""
    done = [s for s in steps if s["status"] == Status.DONE]
    return [b for a, b in pairwise(done) if b["closed_at"] < a["closed_at"]]


def _step(step: dict[str, Any]) -> str:
    return f"{step['step']}. {step['title']}"


def _ranked(counted: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:5])
