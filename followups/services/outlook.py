"""Looking ahead without doing anything: would it go out, and how would it read?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from followups import planning, texts
from followups.conditions import EVENT, holds, in_words
from followups.kinds import Reader
from followups.models import FollowUp, Step
from followups.planning import Plan
from followups.services.deciding import paused
from followups.services.looking import Around, look_around
from followups.services.settling import written
from followups.stops import STOPS
from journal.models import Entry
from people.models import User


@dataclass(frozen=True)
class Check:
    """One condition, or one reason to stop: `ok` if it keeps nothing from going out."""

    words: str
    ok: bool
    why: str = ""


@dataclass(frozen=True)
class Outlook:
    """How an open follow-up stands now; `stopped` says why it would be stopped, or nothing."""

    stopped: str = ""
    paused: str = ""
    conditions: list[Check] = field(default_factory=list)
    stops: list[Check] = field(default_factory=list)
    subject: str = ""
    body: str = ""
    unwritable: str = ""
    asks: bool = False


def outlook(row: FollowUp, *, at: datetime) -> Outlook:
    """What would become of an open one at `at`, and how it reads now."""
    around = look_around([row], until=at)
    plan = around.plans.get(row.rule)
    subject = around.subjects.get((row.subject_type, row.subject_id))
    why = around.why_not(row)
    if plan is None or subject is None:
        return Outlook(why, subject=row.subject, body=row.body)
    title, body, problem = _text(row, around)
    step = _step(plan, row.step)
    return Outlook(
        why, paused(row), _conditions(plan, subject), _stops(plan, row, at), title, body, problem,
        step is not None and step.needs_approval,
    )  # fmt: skip


def _step(plan: Plan, position: int) -> Step | None:
    return next((one for one in plan.steps if one.position == position), None)


def _text(row: FollowUp, around: Around) -> tuple[str, str, str]:
    plan, step = around.plans[row.rule], _step(around.plans[row.rule], row.step)
    if row.status == FollowUp.Status.DRAFT or step is None:
        return row.subject, row.body, ""
    subject = around.subjects[row.subject_type, row.subject_id]
    try:
        return *written(plan, step, subject, row), ""
    except texts.BadText as wrong:
        return "", "", str(wrong)


def _conditions(plan: Plan, subject: Any) -> list[Check]:
    """The rule's conditions on the thing as it is now; what happened does not change any more."""
    found = []
    for one in plan.rule.conditions:
        known = plan.kind.fields.get(one["field"])
        is_event = one["field"].startswith(EVENT)
        ok = is_event or (known is not None and holds(one, known.find(subject)))
        found.append(
            Check(in_words(one, plan.kind), ok, "held when it happened" if is_event else "")
        )
    return found


def _stops(plan: Plan, row: FollowUp, at: datetime) -> list[Check]:
    found = []
    for code in plan.rule.stops:
        if code in STOPS:
            why = STOPS[code].find([(row, at)]).get(0, "")
            found.append(Check(STOPS[code].label, not why, why))
    return found


@dataclass(frozen=True)
class Glance:
    """One step for one reader: what she would get, and when. `problem`: why it cannot be written."""

    step: int
    to: str
    address: str
    due_at: datetime | None
    late: bool
    channel: str
    needs_approval: bool
    subject: str
    body: str
    problem: str
    sender: User | None
    reader: Reader


def glance(plan: Plan, thing: Any, *, event: Entry | None, at: datetime) -> list[Glance]:
    """How the steps of a rule, saved or not, would read about `thing`, counted from `event` or `at`."""
    readers = plan.kind.readers.get(plan.rule.reader)
    found = readers.find(thing)[:3] if readers is not None else []
    moment = event.at if event is not None else at
    return [one for reader in found for one in _of_reader(plan, thing, reader, moment, at)]


def _of_reader(
    plan: Plan, thing: Any, reader: Reader, moment: datetime, at: datetime
) -> Iterator[Glance]:  # fmt: skip
    sender = plan.kind.sender(thing)
    for step in plan.steps:
        row = FollowUp(
            recipient=reader.email, recipient_name=reader.name, user=reader.user, owner=sender,
            contact=reader.contact,
        )  # fmt: skip
        title = body = problem = ""
        try:
            title, body = written(plan, step, thing, row)
        except texts.BadText as wrong:
            problem = str(wrong)
        counted = _moment(plan, step, thing) if step.anchor else moment
        due = planning.due_of(step, counted, reader, sender) if counted is not None else None
        yield Glance(
            step.position, reader.name or reader.email, reader.email, due,
            due is not None and due < at - timedelta(minutes=1), step.channel, step.needs_approval,
            title, body, problem, sender, reader,
        )  # fmt: skip


def _moment(plan: Plan, step: Step, thing: Any) -> datetime | None:
    """None where the thing has no such moment."""
    known = plan.kind.moments.get(step.anchor)
    return known.find(thing) if known is not None else None
