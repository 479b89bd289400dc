"""Dry runs: what a rule would have done, without doing it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from followups import planning, stops
from followups.models import FollowUp
from followups.planning import AGAIN, Plan, load, wanted
from journal.models import Entry

MOST_EVENTS: Final = 2000
EXAMPLES: Final = 12


@dataclass
class Trial:
    """`stopped` counts by reason; `cut` says that only the newest events were looked at."""

    events: int = 0
    sent: int = 0
    drafted: int = 0
    stopped: Counter[str] = field(default_factory=Counter)
    still_open: int = 0
    cut: bool = False
    examples: list[FollowUp] = field(default_factory=list)

    @property
    def stops(self) -> int:
        return sum(self.stopped.values())


def try_out(plan: Plan, *, since: datetime, until: datetime) -> Trial:
    """What `plan` would have done with what happened in [since, until).

    What ended each is asked of the journal as of the day it was due; the texts, the fields and the
    readers are those of today.
    """
    events = _events(plan, since, until)
    found = Trial(cut=len(events) > MOST_EVENTS)
    rows = _rows(plan, events[:MOST_EVENTS])
    ends = _ends(plan, rows, until)
    newest: dict[tuple[int, str, int], datetime] = {}
    for place, row in enumerate(rows):
        key = (row.subject_id, row.recipient, row.step)
        why = ends.get(place, "") or _again(plan, row, newest.get(key), until)
        newest[key] = row.created_at
        _judge(plan, row, found, why, until)
    found.events = len(rows)
    return found


def _events(plan: Plan, since: datetime, until: datetime) -> list[Entry]:
    rows = Entry.objects.filter(
        action__in=plan.rule.actions, subject_type=plan.rule.kind, at__gte=since, at__lt=until
    )
    return list(rows.order_by("-at", "-pk")[: MOST_EVENTS + 1])


def _rows(plan: Plan, events: list[Entry]) -> list[FollowUp]:
    """What the plan wants of these events, the newest first."""
    subjects = load({plan.rule.kind: {entry.subject_id for entry in events}})
    timeless = planning.timeless(plan)
    return [
        row for entry in events
        if (subject := subjects.get((entry.subject_type, entry.subject_id))) is not None
        for row in wanted(timeless, entry, subject)
    ]  # fmt: skip


def _ends(plan: Plan, rows: list[FollowUp], until: datetime) -> dict[int, str]:
    """What ended each before it was due: the thing itself was over, or a reason of the rule."""
    looks = [min(row.due_at, until) for row in rows]
    over = stops.ended(list(zip(rows, looks, strict=True)), plan.kind.ends)
    asked = [(row, plan.rule.stops, look) for row, look in zip(rows, looks, strict=True)]
    return stops.find(asked) | over


def _again(plan: Plan, row: FollowUp, newer: datetime | None, until: datetime) -> str:
    counted = plan.rule.restarts and row.anchor_at is None and newer is not None
    return AGAIN if counted and newer is not None and newer <= min(row.due_at, until) else ""


def _judge(plan: Plan, row: FollowUp, found: Trial, why: str, until: datetime) -> None:
    step = next(one for one in plan.steps if one.position == row.step)
    if why:
        row.status, row.stop_reason = FollowUp.Status.STOPPED, why
        found.stopped[_sort_of(why)] += 1
    elif row.due_at > until:
        found.still_open += 1
    elif step.needs_approval:
        row.status = FollowUp.Status.DRAFT
        found.drafted += 1
    else:
        row.status = FollowUp.Status.SENT
        found.sent += 1
    if len(found.examples) < EXAMPLES:
        found.examples.append(row)


def _sort_of(why: str) -> str:
    """The reason without the name in it, so that equal reasons count together."""
    return why.split(":", 1)[0].rstrip(".")
