"""What somebody has to do, and the playbooks that say what follows from what."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from crm.models import Account
from kit.search import Trigrams, contains_fragment
from people.models import Team, User

DESK: Final = "desk.work_queue"  # who works the desk sees everything
SOMETIME: Final = date(9999, 12, 31)  # where tasks without a day stand in lists


class Status(models.TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"


# Every status is a key, so a dead end is written down rather than forgotten.
MOVES: Final[Mapping[Status, frozenset[Status]]] = {
    Status.OPEN: frozenset({Status.DONE, Status.DROPPED}),
    Status.DONE: frozenset({Status.OPEN}),
    Status.DROPPED: frozenset({Status.OPEN}),
}


class IllegalMove(Exception):
    """The table has no such move from here; the message is fit for people to read."""


class Priority(models.IntegerChoices):
    URGENT = 1, "Urgent"
    HIGH = 2, "High"
    NORMAL = 3, "Normal"
    LOW = 4, "Low"


def by_day() -> Coalesce:
    """The day that lists are ordered by; a fresh one each time, an index has the same."""
    return Coalesce("due_on", Value(SOMETIME, output_field=models.DateField()))


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        return self.filter(status=Status.OPEN)

    def visible_to(self, user: User) -> "TaskQuerySet":
        """The desk sees all; others what they own, what they made, what their team has."""
        if user.is_superuser or user.has_perm(DESK):
            return self
        return self.filter(mine_or_ours(user) | Q(created_by=user))

    def about(self, subject_type: str, subject_id: int) -> "TaskQuerySet":
        return self.filter(subject_type=subject_type, subject_id=subject_id)

    def late(self, today: date) -> "TaskQuerySet":
        return self.open().filter(due_on__lt=today)

    def search(self, fragment: str) -> "TaskQuerySet":
        return contains_fragment(self, "title", fragment)

    def by_due(self) -> "TaskQuerySet":
        return self.order_by(by_day(), "priority", "pk")


def mine_or_ours(user: User) -> Q:
    own = Q(owner=user)
    return own | Q(team=user.team_id) if user.team_id is not None else own


class Task(models.Model):
    """One thing that somebody, or anybody of a team, has to do; perhaps about an object."""

    title = models.CharField(max_length=200)
    notes = models.TextField(blank=True, max_length=10_000)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="tasks")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="made_tasks"
    )
    created_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    due_time = models.TimeField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    drop_reason = models.CharField(max_length=300, blank=True)

    # What it is about, by value: apps above this one have their own tables.
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    subject_name = models.CharField(max_length=200, blank=True)
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="tasks")

    recurrence = models.JSONField(default=dict, blank=True)
    series_start = models.DateField(null=True, help_text="The day from which the series counts.")
    series_on = models.DateField(null=True, help_text="Its own day in the series.")
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="next", help_text="The occurrence before."
    )

    run = models.ForeignKey("tasks.PlaybookRun", models.PROTECT, null=True, related_name="tasks")
    step = models.PositiveSmallIntegerField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="tasks_task_closed_has_a_time",
                condition=Q(status="open", closed_at=None)
                | (~Q(status="open") & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="tasks_task_dropped_says_why",
                condition=(Q(status="dropped") & ~Q(drop_reason=""))
                | (~Q(status="dropped") & Q(drop_reason="")),
            ),
            models.CheckConstraint(
                name="tasks_task_subject_is_whole",
                condition=Q(subject_type="", subject_id=None)
                | (~Q(subject_type="") & Q(subject_id__isnull=False)),
            ),
            models.CheckConstraint(
                name="tasks_task_time_has_a_day",
                condition=Q(due_time=None) | Q(due_on__isnull=False),
            ),
            models.CheckConstraint(
                name="tasks_task_series_has_its_days",
                condition=Q(recurrence={})
                | Q(due_on__isnull=False, series_start__isnull=False, series_on__isnull=False),
            ),
            models.CheckConstraint(name="tasks_task_has_a_title", condition=~Q(title="")),
            models.UniqueConstraint(
                fields=["run", "step"],
                name="tasks_task_once_per_step",
                condition=Q(run__isnull=False, previous=None),
            ),
        ]
        indexes = [
            models.Index(
                F("owner"), by_day(), F("priority"), F("id"),
                name="tasks_task_open_of_owner", condition=Q(status="open"),
            ),
            models.Index(
                F("team"), by_day(), F("priority"), F("id"),
                name="tasks_task_open_of_team", condition=Q(status="open"),
            ),
            models.Index(
                fields=["owner", "-closed_at", "-id"],
                name="tasks_task_closed_of_owner", condition=~Q(status="open"),
            ),
            models.Index(
                fields=["subject_type", "subject_id"],
                name="tasks_task_subject", condition=~Q(subject_type=""),
            ),
            GinIndex(Trigrams("title"), name="tasks_task_title_trigrams"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def move(self, to: Status) -> None:
        """Go to another status, if the table has that move.

        :raises IllegalMove: with words for the person who tried.
        """
        here = Status(self.status)
        if to not in MOVES[here]:
            raise IllegalMove(f"“{self.title}” is already {here.label.lower()}.")
        self.status = to


class Dependency(models.Model):
    """`task` cannot be finished while `blocker` is open."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="dependencies")
    blocker = models.ForeignKey(Task, models.CASCADE, related_name="blocks")

    class Meta:
        verbose_name_plural = "dependencies"
        constraints = [
            models.UniqueConstraint(fields=["task", "blocker"], name="tasks_dependency_once"),
            models.CheckConstraint(
                name="tasks_dependency_not_on_itself", condition=~Q(task=F("blocker"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} waits for {self.blocker_id}"


class ChecklistItem(models.Model):
    task = models.ForeignKey(Task, models.CASCADE, related_name="items")
    text = models.CharField(max_length=200)
    required = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="tasks_checklistitem_done_by_somebody",
                condition=Q(done_at=None, done_by=None)
                | Q(done_at__isnull=False, done_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.text


class Playbook(models.Model):
    """What is to be done whenever something happens, or when somebody starts it."""

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)
    trigger = models.CharField(
        max_length=80, blank=True, help_text="An action of the journal; empty: only by hand."
    )
    condition = models.JSONField(default=dict, blank=True)
    active_since = models.DateTimeField(help_text="What happened before starts nothing.")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(
                fields=["trigger"], name="tasks_playbook_trigger", condition=Q(is_active=True)
            )
        ]

    def __str__(self) -> str:
        return self.name


class PlaybookStep(models.Model):
    class Kind(models.TextChoices):
        TASK = "task", "Task"
        MESSAGE = "message", "Internal message"

    class OwnerRule(models.TextChoices):
        USER = "user", "A certain person"
        REQUESTER = "requester", "Whoever asked"
        ACCOUNT_OWNER = "account_owner", "The account's owner"
        TEAM = "team", "Anybody of a team"

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TASK)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, max_length=5_000)
    owner_rule = models.CharField(max_length=14, choices=OwnerRule, default=OwnerRule.ACCOUNT_OWNER)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    due_after = models.PositiveSmallIntegerField(default=0, help_text="Business days after start.")
    after_step = models.ForeignKey("self", models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["playbook", "position"], name="tasks_playbookstep_position_once"
            ),
            models.CheckConstraint(
                name="tasks_playbookstep_names_its_owner",
                condition=(~Q(owner_rule="user") | Q(user__isnull=False))
                & (~Q(owner_rule="team") | Q(team__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"


class PlaybookRun(models.Model):
    """A playbook that was started: as it stood in that version, for one entry or by hand."""

    playbook = models.ForeignKey(Playbook, models.PROTECT, related_name="runs")
    version = models.PositiveIntegerField()
    entry_id = models.BigIntegerField(null=True, help_text="The entry of the journal, if any.")
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    subject_name = models.CharField(max_length=200, blank=True)
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    started_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["playbook", "entry_id"],
                name="tasks_playbookrun_once_per_entry",
                condition=Q(entry_id__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="tasks_playbookrun_subject")
        ]

    def __str__(self) -> str:
        return f"{self.playbook} for {self.subject_name or 'nothing'}"


class PlaybookMessage(models.Model):
    """A message that a run owes to its subject's thread, at once or when a task is done."""

    run = models.ForeignKey(PlaybookRun, models.CASCADE, related_name="messages")
    step = models.PositiveSmallIntegerField()
    body = models.TextField()
    waits_for = models.ForeignKey(Task, models.CASCADE, null=True, related_name="playbook_messages")
    posted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "step"], name="tasks_playbookmessage_once_per_step"
            )
        ]
        indexes = [
            models.Index(
                fields=["waits_for"],
                name="tasks_playbookmessage_owed",
                condition=Q(posted_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.body[:80]
