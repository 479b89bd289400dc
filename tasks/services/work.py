"""The life of a task: made, changed, assigned, done, dropped, reopened."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from journal import services as journal
from people.models import Team, User
from tasks import days, recurrence
from tasks.models import ChecklistItem, PlaybookRun, Priority, Status, Task
from tasks.services import messages
from tasks.subjects import Subject

FIELDS: Final = (
    "title", "notes", "owner", "team", "due_on", "due_time", "priority", "recurrence",
)  # fmt: skip
LAST_DAY: Final = date(9000, 1, 1)


class BadTask(Exception):
    """It cannot be written down like this; the message is fit for people to read."""


class Unfinished(Exception):
    """Something has to be done first; the message is fit for people to read."""


class ChangedMeanwhile(Exception):
    """Somebody else saved it first; the message is fit for people to read."""


@transaction.atomic
def create(
    *, title: str, by: User | None, at: datetime, notes: str = "", owner: User | None = None,
    team: Team | None = None, due_on: date | None = None, due_time: time | None = None,
    priority: int = Priority.NORMAL, subject: Subject | None = None,
    recurs: Mapping[str, Any] | None = None, items: Iterable[str] = (),
    run: PlaybookRun | None = None, step: int | None = None,
) -> Task:  # fmt: skip
    """Write a task down; nobody's, if neither an owner nor a team is given (the desk sees it).

    :raises BadTask: without a title, or for a time or recurrence without a day.
    :raises recurrence.BadRule: for a recurrence that cannot be followed.
    """
    task = Task(
        title=title, notes=notes.strip(), owner=owner, team=team, created_by=by, created_at=at,
        due_on=due_on, due_time=due_time, priority=priority, run=run, step=step,
    )  # fmt: skip
    if subject is not None:
        task.subject_type, task.subject_id = subject.type, subject.id
        task.subject_name, task.account_id = subject.name[:200], subject.account_id
    _set_rule(task, recurs)
    _check(task)
    task.save()
    texts = [text.strip()[:200] for text in items if text.strip()]
    ChecklistItem.objects.bulk_create(
        ChecklistItem(task=task, text=text, position=n) for n, text in enumerate(texts, 1)
    )
    record("created", task, by=by, at=at, owner=task.owner_id, team=task.team_id)
    return task


@transaction.atomic
def change(
    task: Task, *, by: User, at: datetime, version: int | None = None, **fields: Any
) -> list[str]:
    """Set `fields` (of FIELDS) and return the names of those that differ.

    `version` is what the editor had seen; `None` overwrites. A new day moves this occurrence only;
    a new recurrence begins a new series on the task's day.

    :raises ChangedMeanwhile: if somebody saved another version since.
    :raises BadTask: and recurrence.BadRule, as in `create`.
    """
    if unknown := set(fields) - set(FIELDS):
        raise TypeError(f"A task has no {sorted(unknown)}.")
    lock(task)
    if version is not None and version != task.version:
        raise ChangedMeanwhile(
            "Somebody saved this task while you were writing. Look at what differs; saving again "
            "keeps yours."
        )
    before = {name: getattr(task, name) for name in fields}
    for name, value in fields.items():
        if name != "recurrence":
            setattr(task, name, value)
    if "recurrence" in fields:
        _set_rule(task, fields["recurrence"])
    _check(task)
    changed = [name for name in fields if getattr(task, name) != before[name]]
    if changed:
        save(task)
        action = "assigned" if set(changed) <= {"owner", "team"} else "changed"
        record(action, task, by=by, at=at, fields=changed, owner=task.owner_id, team=task.team_id)
    return changed


def assign(task: Task, *, owner: User | None, team: Team | None, by: User, at: datetime) -> None:
    """Give it to somebody, or to anybody of a team."""
    change(task, by=by, at=at, owner=owner, team=team)


@transaction.atomic
def finish(task: Task, *, by: User, at: datetime) -> Task | None:
    """It is done; a recurring one comes back exactly once: returns that next task.

    What comes back is the next day of the series that has not passed on the clock of `by`.

    :raises Unfinished: while a task that it waits for, or a required item, is open.
    :raises IllegalMove: if it is done or dropped already.
    """
    lock(task)
    task.move(Status.DONE)
    _nothing_in_the_way(task)
    task.closed_at, task.closed_by = at, by
    save(task)
    record("done", task, by=by, at=at)
    messages.post_after(task, at=at)
    return _come_back(task, by=by, at=at)


@transaction.atomic
def drop(task: Task, *, reason: str, by: User, at: datetime) -> None:
    """Nobody will do it; a recurring one does not come back, and what waited for it may go on.

    :raises BadTask: without a reason.
    :raises IllegalMove: unless it is open.
    """
    lock(task)
    task.move(Status.DROPPED)
    task.drop_reason = reason.strip()[:300]
    if not task.drop_reason:
        raise BadTask("Say why nobody has to do it any more.")
    task.closed_at, task.closed_by = at, by
    save(task)
    record("dropped", task, by=by, at=at, why=task.drop_reason)


@transaction.atomic
def reopen(task: Task, *, by: User, at: datetime) -> None:
    """It is to be done after all; the next occurrence of a recurring one stays as it is.

    :raises IllegalMove: if it is open.
    """
    lock(task)
    task.move(Status.OPEN)
    task.closed_at, task.closed_by, task.drop_reason = None, None, ""
    save(task)
    record("reopened", task, by=by, at=at)


def lock(task: Task) -> None:
    task.refresh_from_db(from_queryset=Task.objects.select_for_update())


def save(task: Task) -> None:
    task.version += 1
    task.save()


def record(verb: str, task: Task, *, by: User | None, at: datetime, **data: Any) -> None:
    about = {"subject_type": task.subject_type, "subject_id": task.subject_id}
    journal.record(
        f"tasks.task.{verb}", task, by=by, at=at, account_id=task.account_id, data=about | data
    )


def _set_rule(task: Task, data: Mapping[str, Any] | None) -> None:
    rule = recurrence.parse(data)
    wanted = rule.as_json() if rule else {}
    if rule is None:
        task.series_start = task.series_on = None
    elif wanted != task.recurrence or task.series_start is None:
        task.series_start = task.series_on = task.due_on
    task.recurrence = wanted


def _check(task: Task) -> None:
    task.title = " ".join(task.title.split())[:200]
    if not task.title:
        raise BadTask("Say what is to be done.")
    if task.due_on is None and task.due_time is not None:
        raise BadTask("A time needs a day.")
    if task.due_on is None and task.recurrence:
        raise BadTask("What comes back needs a day to count from.")
    if task.due_on is not None and task.due_on > LAST_DAY:
        raise BadTask("That day is too far away.")


def _nothing_in_the_way(task: Task) -> None:
    waits = Task.objects.open().filter(blocks__task=task).order_by("pk").first()
    if waits is not None:
        raise Unfinished(f"“{task.title}” waits for “{waits.title}”, which is still open.")
    item = task.items.filter(required=True, done_at=None).order_by("position", "pk").first()
    if item is not None:
        raise Unfinished(f"“{item.text}” on its list must be done first.")


def _come_back(task: Task, *, by: User, at: datetime) -> Task | None:
    """The next occurrence, unless it is there (the task was reopened and done again)."""
    rule = recurrence.parse(task.recurrence)
    if rule is None or task.series_start is None or task.series_on is None:
        return None
    if Task.objects.filter(previous=task).exists():
        return None
    yesterday = at.astimezone(ZoneInfo(by.zone)).date() - timedelta(days=1)
    day = recurrence.next_on(rule, task.series_start, max(task.series_on, yesterday))
    if day is None or day > LAST_DAY:
        return None
    calendar = days.time_of(task.owner, task.team) if rule.working_days else None
    again = Task.objects.create(
        title=task.title, notes=task.notes, owner=task.owner, team=task.team,
        created_by=task.created_by, created_at=at, priority=task.priority,
        due_on=days.working_day(calendar, day) if rule.working_days else day,
        due_time=task.due_time, subject_type=task.subject_type, subject_id=task.subject_id,
        subject_name=task.subject_name, account_id=task.account_id, recurrence=task.recurrence,
        series_start=task.series_start, series_on=day, previous=task,
    )  # fmt: skip
    ChecklistItem.objects.bulk_create(
        ChecklistItem(task=again, text=i.text, required=i.required, position=i.position)
        for i in task.items.order_by("position", "pk")
    )
    record("created", again, by=by, at=at, owner=again.owner_id, team=again.team_id, after=task.pk)
    return again
