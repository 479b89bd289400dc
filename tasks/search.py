"""How tasks are found."""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse

from kit.finding import Source
from people.models import User
from tasks.models import Status, Task


def _task(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    url = reverse("tasks:task", args=[row["pk"]])
    return row["title"], row["subject_name"] or "Task", "checkbox", url


def _rows(user: User) -> Any:
    return Task.objects.visible_to(user)


SOURCES: Final = (
    Source(
        kind="task", heading="Tasks", permission="tasks.view_task", page="tasks:task", model=Task,
        rows=_rows, columns=("title", "subject_name"), shown=_task, order=("-pk",), text="title",
        trigram_index="tasks_task_title_trigrams", day="created_at",
        keys={"account": "account_id", "from": "created_by_id", "holder": "owner_id"},
        mine=("owner_id",),
        states={
            "open": lambda _: Q(status=Status.OPEN),
            "waiting": lambda _: Q(status=Status.OPEN),
            "done": lambda _: Q(status=Status.DONE),
        },
    ),
)  # fmt: skip
