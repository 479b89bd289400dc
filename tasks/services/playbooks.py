"""Playbooks: written down in versions; started by the journal or by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.models import Account
from journal import services as journal
from journal.models import Entry
from people.models import Team, User
from tasks import days, scripts
from tasks.models import (
    Dependency,
    Playbook,
    PlaybookMessage,
    PlaybookRun,
    PlaybookStep,
    Task,
)
from tasks.services import messages
from tasks.services.work import ChangedMeanwhile, create
from tasks.subjects import Subject

MOST_STEPS: Final = 50
LONGEST_WAIT: Final = 500  # business days


class BadPlaybook(Exception):
    """It cannot be saved like this; the message is fit for people to read."""


class SwitchedOff(Exception):
    """A playbook that is not in use; the message is fit for people to read."""


@dataclass(frozen=True)
class StepPlan:
    """A step as it was typed; `after` is the number of an earlier step, from 1."""

    title: str
    kind: str = PlaybookStep.Kind.TASK
    body: str = ""
    owner_rule: str = PlaybookStep.OwnerRule.ACCOUNT_OWNER
    user: User | None = None
    team: Team | None = None
    due_after: int = 0
    after: int | None = None


@transaction.atomic
def save_playbook(
    playbook: Playbook | None, *, name: str, description: str, trigger: str,
    condition: Mapping[str, Any], steps: Sequence[StepPlan], by: User | None, at: datetime,
    is_active: bool = True, version: int | None = None,
) -> Playbook:  # fmt: skip
    """Write a playbook, or its next version; what was started goes on as it was.

    :raises BadPlaybook: if a step cannot be carried out, or the name is taken.
    :raises ChangedMeanwhile: if somebody saved another version than `version` since.
    """
    _check(name, trigger, condition, steps)
    if playbook is None:
        playbook = Playbook(version=0, is_active=False)
    else:
        playbook.refresh_from_db(from_queryset=Playbook.objects.select_for_update())
        if version is not None and version != playbook.version:
            raise ChangedMeanwhile(
                "Somebody saved this playbook while you were writing. Saving again keeps yours."
            )
    if is_active and (not playbook.is_active or playbook.trigger != trigger):
        playbook.active_since = at
    playbook.active_since = playbook.active_since or at
    playbook.name, playbook.description = name.strip(), description.strip()[:300]
    playbook.trigger, playbook.condition = trigger, dict(condition)
    playbook.is_active, playbook.version = is_active, playbook.version + 1
    try:
        with transaction.atomic():
            playbook.save()
    except IntegrityError as taken:
        raise BadPlaybook(f"There is a playbook “{playbook.name}” already.") from taken
    _write_steps(playbook, steps)
    data = {"version": playbook.version, "steps": len(steps)}
    journal.record("tasks.playbook.saved", playbook, by=by, at=at, data=data)
    return playbook


def _write_steps(playbook: Playbook, steps: Sequence[StepPlan]) -> None:
    playbook.steps.all().delete()
    made: list[PlaybookStep] = []
    for number, plan in enumerate(steps, 1):
        rule = plan.owner_rule
        step = PlaybookStep.objects.create(
            playbook=playbook, position=number, kind=plan.kind, title=plan.title.strip(),
            body=plan.body.strip(), owner_rule=rule,
            user=plan.user if rule == PlaybookStep.OwnerRule.USER else None,
            team=plan.team if rule == PlaybookStep.OwnerRule.TEAM else None,
            due_after=plan.due_after, after_step=made[plan.after - 1] if plan.after else None,
        )  # fmt: skip
        made.append(step)


def _check(
    name: str, trigger: str, condition: Mapping[str, Any], steps: Sequence[StepPlan]
) -> None:
    if not name.strip():
        raise BadPlaybook("Give the playbook a name.")
    if trigger and trigger not in scripts.triggers():
        raise BadPlaybook("Nothing of that kind can start a playbook.")
    if set(condition) - {"type", "first"}:
        raise BadPlaybook("A condition names a type, or that it is the first of its account.")
    if not steps:
        raise BadPlaybook("A playbook needs a step at least.")
    if len(steps) > MOST_STEPS:
        raise BadPlaybook(f"A playbook has at most {MOST_STEPS} steps.")
    for number, plan in enumerate(steps, 1):
        if problem := _problem(number, plan):
            raise BadPlaybook(f"Step {number}: {problem}")


def _problem(number: int, plan: StepPlan) -> str:
    unknown = scripts.unknown_variables(f"{plan.title} {plan.body}")
    rule = PlaybookStep.OwnerRule
    found = {
        "say what is to be done.": not plan.title.strip(),
        f"there is no variable {{{unknown}}}.": bool(unknown),
        "write the message.": plan.kind == PlaybookStep.Kind.MESSAGE and not plan.body.strip(),
        "choose who does it.": plan.owner_rule == rule.USER and plan.user is None,
        "choose the team.": plan.owner_rule == rule.TEAM and plan.team is None,
        "it can only come after an earlier step.": (
            plan.after is not None and not 1 <= plan.after < number
        ),
        f"it is due within {LONGEST_WAIT} working days.": not 0 <= plan.due_after <= LONGEST_WAIT,
    }
    return next((words for words, wrong in found.items() if wrong), "")


@transaction.atomic
def start_playbook(
    playbook: Playbook, *, subject: Subject | None, by: User | None, at: datetime,
    entry: Entry | None = None,
) -> PlaybookRun | None:  # fmt: skip
    """Make the tasks of a playbook, and say or owe its messages; None if `entry` started it before.

    `by` is None when the journal started it.

    :raises SwitchedOff: if the playbook is not in use.
    """
    playbook.refresh_from_db(from_queryset=Playbook.objects.select_for_update())
    if not playbook.is_active:
        raise SwitchedOff(f"“{playbook}” is switched off. Switch it on first.")
    if entry is not None and playbook.runs.filter(entry_id=entry.pk).exists():
        return None
    account_id = subject.account_id if subject else None
    account = Account.objects.select_related("owner").filter(pk=account_id or 0).first()
    run = PlaybookRun.objects.create(
        playbook=playbook, version=playbook.version, entry_id=entry.pk if entry else None,
        subject_type=subject.type if subject else "", subject_id=subject.id if subject else None,
        subject_name=subject.name[:200] if subject else "", account=account, started_by=by,
        started_at=at,
    )  # fmt: skip
    case = scripts.Case(account=account, subject=subject, requester=_requester(subject, entry, by))
    _carry_out(run, case, by=by, at=at)
    journal.record(
        "tasks.playbook.started", playbook, by=by, at=at, account_id=account.pk if account else None,
        data={"run": run.pk, "subject_type": run.subject_type, "subject_id": run.subject_id},
    )  # fmt: skip
    return run


def _carry_out(run: PlaybookRun, case: scripts.Case, *, by: User | None, at: datetime) -> None:
    start, known = timezone.localdate(at), {}
    made: dict[int, Task] = {}
    for step in scripts.steps_of(run.playbook):
        known[step.pk] = step
        earlier = scripts.task_before(step, known)
        waits_for = made.get(earlier.pk) if earlier else None
        if step.kind == PlaybookStep.Kind.MESSAGE:
            _owe(run, step, case, waits_for, at)
        else:
            made[step.pk] = _make(run, step, case, waits_for, by=by, at=at, start=start)


def _make(
    run: PlaybookRun, step: PlaybookStep, case: scripts.Case, waits_for: Task | None, *,
    by: User | None, at: datetime, start: Any,
) -> Task:  # fmt: skip
    owner, team = case.owner_of(step)
    subject, account = case.subject, case.account
    about = subject and Subject(
        subject.type, subject.id, subject.name, account.pk if account else None
    )
    task = create(
        title=case.fill(step.title)[:200], notes=case.fill(step.body), owner=owner, team=team, by=by,
        at=at, due_on=days.business_days_after(days.time_of(owner, team), start, step.due_after),
        subject=about, run=run, step=step.position,
    )  # fmt: skip
    if waits_for is not None:
        Dependency.objects.create(task=task, blocker=waits_for)
    return task


def _owe(
    run: PlaybookRun, step: PlaybookStep, case: scripts.Case, waits_for: Task | None, at: datetime
) -> None:
    message = PlaybookMessage.objects.create(
        run=run, step=step.position, body=case.fill(step.body), waits_for=waits_for
    )
    if waits_for is None:
        messages.post(message, at=at)


def _requester(subject: Subject | None, entry: Entry | None, by: User | None) -> User | None:
    """Who asked: named by the entry or by the object's own story, else who did it."""
    if entry is None and subject is not None:
        told = Entry.objects.filter(subject_type=subject.type, subject_id=subject.id)
        entry = told.filter(data__has_key="requester").order_by("pk").first()
    if entry is None:
        return by
    key = entry.data.get("requester") or entry.actor_id
    return User.objects.filter(pk=key).first() if isinstance(key, int) else by
