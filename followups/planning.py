"""What a rule wants, given what happened: which messages, to whom, when, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from followups import timing
from followups.conditions import broken
from followups.kinds import Kind, Reader, kind
from followups.kinds.base import not_over
from followups.models import FollowUp, Rule, Step
from journal.models import Entry
from journal.pages import words
from kit.business_time import BusinessTimeError
from kit.markup import absolute, duration
from people.models import User

TOO_CLOSE: Final = timedelta(hours=2)
AGAIN: Final = "It happened again, and is counted from then."


@dataclass(frozen=True)
class Plan:
    """A rule with its steps and its kind, read once for many events."""

    rule: Rule
    steps: Sequence[Step]
    kind: Kind

    @classmethod
    def of(cls, rule: Rule, steps: Sequence[Step] | None = None) -> "Plan":
        return cls(rule, list(rule.steps.all()) if steps is None else steps, kind(rule.kind))


def active() -> list[Plan]:
    """All rules that are on."""
    rows = Rule.objects.filter(is_active=True).prefetch_related("steps").order_by("pk")
    return [Plan.of(rule) for rule in rows]


def wanted(plan: Plan, entry: Entry, subject: Any) -> Iterator[FollowUp]:
    """Unsaved rows for one event; none where a condition does not hold, or it is over already."""
    if plan.kind.over(subject) or broken(plan.rule.conditions, plan.kind, subject, entry.data):
        return
    sender, account = plan.kind.sender(subject), plan.kind.account(subject)
    for reader in plan.kind.readers[plan.rule.reader].find(subject):
        for step in plan.steps:
            row = _row(plan, step, subject, reader, entry=entry, sender=sender)
            if row is not None:
                row.account_id = account
                yield row


def _row(
    plan: Plan, step: Step, subject: Any, reader: Reader, *, entry: Entry, sender: User | None
) -> FollowUp | None:  # fmt: skip
    moment = entry.at
    if step.anchor:
        found = plan.kind.moments[step.anchor].find(subject)
        if found is None:
            return None
        moment = found
    due = due_of(step, moment, reader, sender)
    if due is None or (step.anchor and _too_late(step, due, entry.at)):
        return None
    return FollowUp(
        rule=plan.rule.code, rule_version=plan.rule.version, step=step.position, channel=step.channel,
        subject_type=plan.kind.label, subject_id=subject.pk, user=reader.user, contact=reader.contact,
        occasion=occasion_of(step, entry.pk, moment), recipient=reader.email, owner=sender,
        recipient_name=reader.name[:200], due_at=max(due, entry.at), created_at=entry.at,
        anchor_at=moment if step.anchor else None, reason=reason_of(entry)[:300],
        why_then=why_then(plan, step, moment)[:300],
    )  # fmt: skip


def occasion_of(step: Step, entry: int | None, moment: datetime) -> str:
    """A moment is one occasion, however often somebody wrote about it; else each event is one."""
    return f"{step.anchor}:{moment.isoformat()}" if step.anchor else f"entry:{entry}"


def due_of(step: Step, moment: datetime, reader: Reader, sender: User | None) -> datetime | None:
    """When the step is due; None if nobody ever works."""
    try:
        return timing.due(step, moment, timing.hours(step.clock, reader=reader, sender=sender))
    except BusinessTimeError:
        return None


def _too_late(step: Step, due: datetime, at: datetime) -> bool:
    """A reminder of something near says nothing to whoever has only just heard of it."""
    ahead = abs(step.amount) * timing.UNITS[Step.Unit(step.unit)]
    return due < at + min(TOO_CLOSE, ahead / 2) if step.amount < 0 else due < at


def reason_of(entry: Entry) -> str:
    return f"{words(entry.action)}: {entry.subject_name}"


def why_then(plan: Plan, step: Step, moment: datetime) -> str:
    """3 days of the reader's working time after “Quote sent” on Tue 24 Nov 2026, 10:00 …"""
    unit = Step.Unit(step.unit).label if abs(step.amount) != 1 else Step.Unit(step.unit).label[:-1]
    span = "At" if step.amount == 0 else f"{abs(step.amount)} {unit} {_clock(step)}"
    where = "" if step.amount == 0 else (" after" if step.amount > 0 else " before")
    what = plan.kind.moments[step.anchor].label if step.anchor else words(plan.rule.actions[0])
    return f"{span}{where} “{what}”, {absolute(moment)}"


def _clock(step: Step) -> str:
    return Step.Clock(step.clock).label


def reader_of(row: FollowUp) -> Reader:
    return Reader(row.recipient, row.recipient_name, user=row.user, contact=row.contact)


def load(keys: Mapping[str, set[int]]) -> dict[tuple[str, int], Any]:
    """The things of these kinds by (kind, key); those that are gone are missing."""
    return {
        (label, pk): subject
        for label, wanted_keys in keys.items()
        for pk, subject in kind(label).load(wanted_keys).items()
    }


def lateness(row: FollowUp, at: datetime) -> str:
    return duration((at - row.due_at).total_seconds())


def timeless(plan: Plan) -> Plan:
    """The plan for looking back: what is over today may have been open then. Conditions on what
    changes with time are those of today, and are left out."""
    return replace(plan, kind=replace(plan.kind, over=not_over))
