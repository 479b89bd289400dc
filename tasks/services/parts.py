"""What belongs to a task: its checklist, and the tasks that it waits for."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Max

from people.models import User
from tasks.models import ChecklistItem, Dependency, Task
from tasks.services.work import BadTask, lock, record

MOST_ITEMS: Final = 100
CHAIN_LOCK: Final = 0x7A51  # one key for all: two halves of a circle must not be added at once
REACHES: Final = """
WITH RECURSIVE chain(id) AS (
    SELECT blocker_id FROM tasks_dependency WHERE task_id = %(from)s
    UNION SELECT d.blocker_id FROM tasks_dependency d JOIN chain ON d.task_id = chain.id
) SELECT EXISTS (SELECT FROM chain WHERE id = %(to)s)
"""


class Circle(Exception):
    """Each would wait for the other; the message is fit for people to read."""


@transaction.atomic
def wait_for(task: Task, *, blocker: Task, by: User, at: datetime) -> None:
    """`task` cannot be done before `blocker`; saying it twice changes nothing.

    :raises Circle: if `blocker` waits for `task`, directly or through others.
    """
    with connection.cursor() as sql:
        sql.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
        if task.pk == blocker.pk:
            raise Circle("A task cannot wait for itself.")
        sql.execute(REACHES, {"from": blocker.pk, "to": task.pk})
        if sql.fetchone()[0]:
            raise Circle(f"“{blocker.title}” already waits for “{task.title}”.")
    _, made = Dependency.objects.get_or_create(task=task, blocker=blocker)
    if made:
        record("waits", task, by=by, at=at, blocker=blocker.pk, what=blocker.title)


@transaction.atomic
def wait_no_longer(task: Task, *, blocker: Task, by: User, at: datetime) -> None:
    gone, _ = Dependency.objects.filter(task=task, blocker=blocker).delete()
    if gone:
        record("freed", task, by=by, at=at, blocker=blocker.pk, what=blocker.title)


@transaction.atomic
def add_item(
    task: Task, *, text: str, by: User, at: datetime, required: bool = False
) -> ChecklistItem:
    """Put a line at the end of the checklist.

    :raises BadTask: without words, or when the list is full.
    """
    lock(task)
    text = " ".join(text.split())[:200]
    if not text:
        raise BadTask("Say what belongs on the list.")
    if task.items.count() >= MOST_ITEMS:
        raise BadTask(f"A list has at most {MOST_ITEMS} lines. Make another task.")
    last = task.items.aggregate(last=Max("position"))["last"] or 0
    item = ChecklistItem.objects.create(task=task, text=text, required=required, position=last + 1)
    record("changed", task, by=by, at=at, fields=["items"], added=text)
    return item


@transaction.atomic
def remove_item(item: ChecklistItem, *, by: User, at: datetime) -> None:
    record("changed", item.task, by=by, at=at, fields=["items"], removed=item.text)
    item.delete()


@transaction.atomic
def check(item: ChecklistItem, *, by: User, at: datetime) -> None:
    """Tick it; ticking twice changes nothing."""
    _lock(item)
    if item.done_at is None:
        item.done_at, item.done_by = at, by
        item.save(update_fields=["done_at", "done_by"])
        record("checked", item.task, by=by, at=at, item=item.pk, text=item.text)


@transaction.atomic
def uncheck(item: ChecklistItem, *, by: User, at: datetime) -> None:
    """Take the tick back."""
    _lock(item)
    if item.done_at is not None:
        item.done_at = item.done_by = None
        item.save(update_fields=["done_at", "done_by"])
        record("unchecked", item.task, by=by, at=at, item=item.pk, text=item.text)


def _lock(item: ChecklistItem) -> None:
    item.refresh_from_db(from_queryset=ChecklistItem.objects.select_for_update())
