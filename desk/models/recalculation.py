"""Open promises on their way from one version of a working calendar to the next."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from people.models import WorkingCalendar


class RecalculationQuerySet(models.QuerySet["Recalculation"]):
    def unfinished(self) -> "RecalculationQuerySet":
        return self.filter(status__in=[Recalculation.Status.WAITING, Recalculation.Status.RUNNING])

    def owed(self, now: datetime) -> "RecalculationQuerySet":
        """To be worked on, versions of one calendar in their order; or to be looked at again."""
        earlier = Recalculation.objects.unfinished().filter(
            calendar=OuterRef("calendar"), version_to__lt=OuterRef("version_to")
        )
        owed = Q(status__in=[Recalculation.Status.WAITING, Recalculation.Status.RUNNING])
        return self.filter(owed | Q(again_at__lte=now)).exclude(Exists(earlier))


class Recalculation(models.Model):
    """One change of one calendar: how many open promises were looked at, and how many moved.

    `cursor` is the last request that is done, so that a worker that died is followed by one that
    goes on from there.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting to start"
        RUNNING = "running", "Moving promises"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    calendar = models.ForeignKey(WorkingCalendar, models.CASCADE, related_name="+")
    version_from = models.PositiveIntegerField()
    version_to = models.PositiveIntegerField()
    changed_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    total = models.PositiveIntegerField(null=True, help_text="Open requests when it started.")
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    again_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True)

    objects = RecalculationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "version_to"], name="desk_recalculation_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], name="desk_recalculation_owed",
                condition=Q(status__in=["waiting", "running"]) | Q(again_at__isnull=False),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.calendar} to version {self.version_to}"

    @property
    def is_over(self) -> bool:
        return self.status in {self.Status.DONE, self.Status.REFUSED}

    @property
    def unchanged(self) -> int:
        return self.done - self.changed
