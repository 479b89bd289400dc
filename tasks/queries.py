"""Reads over tasks that span models: lists, an object's tasks, the month, the radar's lines."""

import calendar as months
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from journal.models import Entry
from kit.pages import Page, keyset_page
from people.models import User
from tasks import days, scripts
from tasks.models import (
    Dependency,
    Playbook,
    PlaybookRun,
    PlaybookStep,
    Priority,
    Status,
    Task,
    by_day,
    mine_or_ours,
)
from tasks.subjects import url_of

TABS: Final = {"mine": "Mine", "team": "My team's", "overdue": "Overdue", "done": "Done"}
COLUMNS: Final = (
    "pk", "title", "due_on", "due_time", "status", "priority", "owner_id", "owner__name",
    "team__name", "subject_type", "subject_id", "subject_name", "recurrence", "closed_at",
    "created_by_id",
)  # fmt: skip
MOST_OF_SUBJECT: Final = 100
MOST_OF_MONTH: Final = 1000


@dataclass(frozen=True)
class TaskLine:
    """A task as it stands in lists: no work per cell."""

    pk: int
    title: str
    url: str
    status: str
    priority: int
    due_on: date | None
    due_time: time | None
    late: bool
    waits: bool
    recurs: bool
    owner_id: int | None
    owner: str
    team: str
    subject_name: str
    subject_url: str
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.status == Status.OPEN

    @property
    def who(self) -> str:
        return self.owner or self.team or "Nobody yet"

    @property
    def pressing(self) -> str:
        """The priority, where it says something."""
        return str(Priority(self.priority).label) if self.priority < Priority.NORMAL else ""


def today_of(user: User, now: datetime) -> date:
    """The day that it is where `user` is."""
    return now.astimezone(ZoneInfo(user.zone)).date()


def lines(rows: QuerySet[Task], today: date) -> list[TaskLine]:
    return [_line(row, today) for row in _values(rows)]


def line_of(task: Task, today: date) -> TaskLine:
    return lines(Task.objects.filter(pk=task.pk), today)[0]


def _values(rows: QuerySet[Task]) -> Any:
    waits = Dependency.objects.filter(task=OuterRef("pk"), blocker__status=Status.OPEN)
    return rows.annotate(day=by_day(), waits=Exists(waits)).values(*COLUMNS, "day", "waits")


def _line(row: dict[str, Any], today: date) -> TaskLine:
    is_open, due_on = row["status"] == Status.OPEN, row["due_on"]
    return TaskLine(
        pk=row["pk"], title=row["title"], url=reverse("tasks:task", args=[row["pk"]]),
        status=row["status"], priority=row["priority"], due_on=due_on, due_time=row["due_time"],
        late=is_open and due_on is not None and due_on < today, waits=is_open and row["waits"],
        recurs=bool(row["recurrence"]), owner_id=row["owner_id"], owner=row["owner__name"] or "",
        team=row["team__name"] or "", subject_name=row["subject_name"],
        subject_url=url_of(row["subject_type"], row["subject_id"]), closed_at=row["closed_at"],
    )  # fmt: skip


def mine(user: User) -> QuerySet[Task]:
    """Open tasks that `user` owns."""
    return Task.objects.open().filter(owner=user)


def team(user: User) -> QuerySet[Task]:
    """Open tasks of the team of `user`, whoever of it has them."""
    if user.team_id is None:
        return Task.objects.none()
    return Task.objects.open().filter(team=user.team_id)


def overdue(user: User, today: date) -> QuerySet[Task]:
    """Open tasks of `user`, or of nobody in particular in the team, whose day has passed."""
    unowned = Q(owner=None) if user.team_id is not None else Q(owner=user)
    return Task.objects.late(today).filter(mine_or_ours(user) & (Q(owner=user) | unowned))


def done(user: User) -> QuerySet[Task]:
    """What `user` owned, or closed for others, that is done or dropped."""
    return Task.objects.exclude(status=Status.OPEN).filter(Q(owner=user) | Q(closed_by=user))


def task_page(user: User, tab: str, after: str, today: date) -> tuple[Page, list[TaskLine]]:
    """One page of a tab: soonest due first; what is done newest first."""
    rows = {
        "mine": lambda: mine(user), "team": lambda: team(user),
        "overdue": lambda: overdue(user, today), "done": lambda: done(user),
    }[tab]()  # fmt: skip
    keys = ("-closed_at", "-pk") if tab == "done" else ("day", "priority", "pk")
    page = keyset_page(_values(rows), keys=keys, after=after)
    return page, [_line(row, today) for row in page.rows]


def open_for(user: User, today: date, *, limit: int = 20) -> list[TaskLine]:
    """What `user` has to do next, soonest due first, for the radar: hers, and her team's that
    nobody has. What waits for another task is left out."""
    rows = Task.objects.open().filter(mine_or_ours(user)).filter(Q(owner=user) | Q(owner=None))
    blocked = Dependency.objects.filter(task=OuterRef("pk"), blocker__status=Status.OPEN)
    return lines(rows.exclude(Exists(blocked)).by_due()[:limit], today)


def of_subject(user: User, subject_type: str, subject_id: int, today: date) -> list[TaskLine]:
    """The object's tasks that `user` may see: open ones by due, then the closed ones."""
    rows = Task.objects.about(subject_type, subject_id).visible_to(user)
    found = lines(rows.order_by("closed_at", by_day(), "priority", "pk")[:MOST_OF_SUBJECT], today)
    return sorted(found, key=lambda line: not line.is_open)


@dataclass(frozen=True)
class Day:
    """A day of the calendar page."""

    on: date
    inside: bool
    is_today: bool
    lines: list[TaskLine]


def calendar(user: User, month: date, today: date, *, whole_team: bool = False) -> list[list[Day]]:
    """The weeks that touch `month`, Monday first, each day with what is due on it.

    Days, not instants: a month with a change of the clocks has as many as any other.
    """
    weeks = months.Calendar().monthdatescalendar(month.year, month.month)
    who = mine_or_ours(user) if whole_team else Q(owner=user)
    rows = Task.objects.filter(who, due_on__range=(weeks[0][0], weeks[-1][-1]))
    by_date: dict[date | None, list[TaskLine]] = defaultdict(list)
    shown = rows.exclude(status=Status.DROPPED).by_due()[:MOST_OF_MONTH]
    for line in lines(shown, today):
        by_date[line.due_on].append(line)
    return [
        [Day(d, d.month == month.month, d == today, by_date.get(d, [])) for d in week]
        for week in weeks
    ]


def history(task: Task, limit: int = 30) -> QuerySet[Entry]:
    return Entry.objects.about(task).newest_first()[:limit]


def startable(subject_type: str, subject_id: int) -> list[tuple[Playbook, PlaybookRun | None]]:
    """Playbooks in use, each with its last run for this object, if any."""
    runs = PlaybookRun.objects.filter(subject_type=subject_type, subject_id=subject_id)
    last = {run.playbook_id: run for run in runs.order_by("pk")}
    playbooks = Playbook.objects.filter(is_active=True).order_by("name", "pk")
    return [(playbook, last.get(playbook.pk)) for playbook in playbooks]


@dataclass(frozen=True)
class Preview:
    """A step as a run would carry it out."""

    number: int
    is_message: bool
    title: str
    who: str
    due_on: date | None
    after: int | None


def preview(steps: list[PlaybookStep], start: date) -> list[Preview]:
    """What a run that starts on `start` would make; people who are not known yet by their part."""
    found = []
    for step in steps:
        is_message = step.kind == PlaybookStep.Kind.MESSAGE
        time = days.time_of(step.user, step.team)
        due_on = None if is_message else days.business_days_after(time, start, step.due_after)
        earlier = step.after_step
        found.append(
            Preview(
                step.position, is_message, step.title, _who(step), due_on,
                earlier.position if earlier else None,
            )
        )  # fmt: skip
    return found


def _who(step: PlaybookStep) -> str:
    if step.kind == PlaybookStep.Kind.MESSAGE:
        return "The portal"
    return str(step.user or step.team or PlaybookStep.OwnerRule(step.owner_rule).label)


def runs_of(playbook: Playbook, limit: int = 20) -> QuerySet[PlaybookRun]:
    return playbook.runs.select_related("started_by").order_by("-pk")[:limit]


def playbook_rows() -> list[dict[str, Any]]:
    """All playbooks by name, with the words for their trigger and how many steps they have."""
    rows = Playbook.objects.order_by("name", "pk").prefetch_related("steps")
    week = timezone.now() - timedelta(days=30)
    started: dict[int, int] = defaultdict(int)
    for key in PlaybookRun.objects.filter(started_at__gte=week).values_list(
        "playbook_id", flat=True
    ):
        started[key] += 1
    return [
        {
            "playbook": row, "steps": len(row.steps.all()), "runs": started[row.pk],
            "trigger": scripts.triggers().get(row.trigger, "") if row.trigger else "By hand",
        }
        for row in rows
    ]  # fmt: skip


def options(user: User, text: str, *, limit: int) -> list[dict[str, Any]]:
    """Open tasks that `user` may see with `text` in their title."""
    rows = Task.objects.visible_to(user).open().search(text)
    return [dict(row) for row in rows.order_by("-pk").values("pk", "title")[:limit]]


def blockers(task: Task) -> QuerySet[Task]:
    """What `task` waits for, open ones first."""
    return Task.objects.filter(blocks__task=task).order_by("-status", "pk")


def waiting(task: Task) -> QuerySet[Task]:
    """What waits for `task`."""
    return Task.objects.filter(dependencies__blocker=task).order_by("pk")
