"""Dry runs: what a rule would have done, without doing it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from followups import planning
from followups.models import FollowUp
from followups.planning import Plan, load, wanted
from followups.stops import why_stop
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
    found = Trial()
    events = _events(plan, since, until)
    found.cut = len(events) > MOST_EVENTS
    events = events[:MOST_EVENTS]
    subjects = load({plan.rule.kind: {entry.subject_id for entry in events}})
    newest: dict[tuple[int, str, int], datetime] = {}
    for row in _rows(plan, events, subjects):
        found.events += 1
        key = (row.subject_id, row.recipient, row.step)
        again = newest.get(key)
        newest[key] = row.created_at
        _judge(plan, row, found, until=until, again=again)
    return found


def _events(plan: Plan, since: datetime, until: datetime) -> list[Entry]:
    rows = Entry.objects.filter(
        action__in=plan.rule.actions, subject_type=plan.rule.kind, at__gte=since, at__lt=until
    )
    return list(rows.order_by("-at", "-pk")[: MOST_EVENTS + 1])


def _rows(
    plan: Plan, events: list[Entry], subjects: dict[tuple[str, int], object]
) -> Iterator[FollowUp]:
    timeless = planning.timeless(plan)
    for entry in events:
        subject = subjects.get((entry.subject_type, entry.subject_id))
        if subject is not None:
            yield from wanted(timeless, entry, subject)


def _judge(
    plan: Plan, row: FollowUp, found: Trial, *, until: datetime, again: datetime | None
) -> None:
    step = next(one for one in plan.steps if one.position == row.step)
    look = min(row.due_at, until)
    why = _ended(plan, row, look) or why_stop(
        row, plan.rule.stops, since=row.created_at, until=look
    )
    if not why and plan.rule.restarts and not row.anchor_at and again is not None and again <= look:
        why = "It happened again, and is counted from then."
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


def _ended(plan: Plan, row: FollowUp, until: datetime) -> str:
    """What the journal says of its end: the thing itself may have gone on since."""
    if not plan.kind.ends:
        return ""
    same = Entry.objects.filter(subject_type=row.subject_type, subject_id=row.subject_id)
    found = same.filter(action__in=plan.kind.ends, at__gt=row.created_at, at__lte=until)
    entry = found.order_by("at", "pk").first()
    return planning.reason_of(entry) if entry is not None else ""


def _sort_of(why: str) -> str:
    """The reason without the name in it, so that equal reasons count together."""
    return why.split(":", 1)[0].rstrip(".")
