"""What somebody has to do next, for reports about one's own work (settings.REPORT_PARTS)."""

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from kit.briefing import Line
from kit.markup import day
from kit.reporting import Block, Part, Scope
from tasks.models import Task

SHOWN: Final = 12
AHEAD: Final = timedelta(days=7)


def coming(scope: Scope) -> Block:
    """Tasks of the person that are late or due within a week."""
    if scope.person is None:
        return Block(
            "Your tasks", empty="This part says something in reports about one's own work."
        )
    today = scope.now.astimezone(ZoneInfo(scope.zone)).date()
    rows = Task.objects.visible_to(scope.reader).open().filter(
        owner=scope.person.pk, due_on__lte=today + AHEAD
    )  # fmt: skip
    lines = [
        Line(
            row.title, " · ".join(filter(None, [day(row.due_on, today), row.subject_name])),
            reverse("tasks:task", args=[row.pk]),
            "warn" if row.due_on is not None and row.due_on < today else "",
        )
        for row in rows.by_due()[:SHOWN]
    ]  # fmt: skip
    return Block(
        "Your tasks", lines=lines, empty="Nothing is due within a week.",
        note="Late, or due within a week of the day this was made.",
    )  # fmt: skip


PARTS: Final = (
    Part("tasks.own", "Own tasks", "Tasks of the reader that are late or due within a week.",
         "checkbox", coming, "tasks.view_task", "Own work", rows=True, own=True),
)  # fmt: skip
