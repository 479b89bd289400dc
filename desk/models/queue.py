"""What the queue keeps for its readers: saved views, who is looking, steps on many at once."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from desk.models.request import SalesRequest
from desk.models.types import RequestType
from people.models import Team


class SavedView(models.Model):
    """A name for a state of the queue's address: filters, order, groups, columns, layout."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, help_text="Shared with this team."
    )
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1_000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="desk_savedview_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Presence(models.Model):
    """Who has a request open at this moment, and whether they write. Rows are worth seconds: the
    table is not written ahead (UNLOGGED) and a crash of the database may empty it."""

    class Doing(models.TextChoices):
        READING = "reading", "is looking"
        REPLYING = "replying", "is replying"

    request = models.ForeignKey(SalesRequest, models.CASCADE, related_name="present")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    doing = models.CharField(max_length=10, choices=Doing)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "user"], name="desk_presence_once")
        ]
        indexes = [models.Index(fields=["seen_at"], name="desk_presence_seen")]

    def __str__(self) -> str:
        return f"{self.user} {self.get_doing_display()}"


class BulkRun(models.Model):
    """One step on many requests, worked off in chunks; the page shows how far it is."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    act = models.CharField(max_length=12)
    args = models.JSONField(default=dict)
    picked = models.JSONField(help_text="Keys of the requests, in their order.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    position = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list, help_text="[[key, words]]")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="desk_bulkrun_open", condition=~Q(status="done"))
        ]

    def __str__(self) -> str:
        return f"{self.act} by {self.by}"


class Assignment(models.Model):
    """How a team's new requests find their coordinator."""

    class Mode(models.TextChoices):
        PULL = "pull", "Coordinators take them"
        ROUND = "round", "In turn, to whoever has the least"

    team = models.OneToOneField(Team, models.CASCADE, related_name="assignment")
    mode = models.CharField(max_length=6, choices=Mode, default=Mode.PULL)
    sticky = models.BooleanField(
        default=True, help_text="To the coordinator who knows the account, if there is one."
    )
    only_present = models.BooleanField(
        default=False, help_text="Only to people who used the portal in the last 15 minutes."
    )
    capacity = models.PositiveSmallIntegerField(
        default=25, help_text="At most so many open requests each; a person's own number wins."
    )

    def __str__(self) -> str:
        return f"{self.team}: {self.get_mode_display()}"


class Worker(models.Model):
    """What a coordinator takes: how many at once, which types, or nothing for now."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="worker")
    takes = models.BooleanField(default=True)
    capacity = models.PositiveSmallIntegerField(null=True, blank=True)
    skills = models.ManyToManyField(
        RequestType, blank=True, related_name="skilled", help_text="None ticked: all of them."
    )

    def __str__(self) -> str:
        return f"{self.user}"
