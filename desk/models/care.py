"""Around a request: who follows it, how it was found, what is snoozed, what comes from outside."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.models import Account, Contact
from desk.models.request import SalesRequest
from desk.models.types import RequestType
from people.models import User


class Watcher(models.Model):
    """A colleague who hears of a request without holding it."""

    request = models.ForeignKey(SalesRequest, models.CASCADE, related_name="watchers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watching")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "user"], name="desk_watcher_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} follows {self.request_id}"


class Satisfaction(models.Model):
    """What the one who asked thought of the answer; asked after each resolution, the last counts."""

    request = models.OneToOneField(SalesRequest, models.CASCADE, related_name="satisfaction")
    score = models.PositiveSmallIntegerField(help_text="1 (bad) to 5 (very good)")
    comment = models.CharField(max_length=1_000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="desk_satisfaction_one_to_five", condition=Q(score__gte=1, score__lte=5)
            )
        ]

    def __str__(self) -> str:
        return f"{self.score} for {self.request_id}"


class RadarWeight(models.Model):
    """How loud a kind of the radar is: `points` at its moment, and more for each hour after."""

    kind = models.CharField(max_length=20, primary_key=True)
    points = models.PositiveSmallIntegerField()
    per_hour = models.PositiveSmallIntegerField()
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.kind


class Snooze(models.Model):
    """A line of the radar that somebody does not want to see until later, and why."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=60, help_text="Kind and number of what it is about.")
    until = models.DateTimeField()
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="desk_snooze_once")]
        indexes = [models.Index(fields=["user", "until"], name="desk_snooze_user")]

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%Y-%m-%d %H:%M}"


class Draft(models.Model):
    """A request that is being written: kept for its writer on any device until it is sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    type = models.ForeignKey(RequestType, models.CASCADE, related_name="+")
    query = models.TextField(max_length=100_000, help_text="The form as it was typed, encoded.")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "type"], name="desk_draft_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.type}"


class IntakeLinkQuerySet(models.QuerySet["IntakeLink"]):
    def visible_to(self, user: User) -> "IntakeLinkQuerySet":
        """The desk sees all, others what they made."""
        return self if user.has_perm("desk.work_queue") else self.filter(owner=user)


class IntakeLink(models.Model):
    """A link by which a customer asks the desk without an account. Only a digest is kept."""

    type = models.ForeignKey(RequestType, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.CASCADE, related_name="intake_links")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+",
        help_text="Who made it; what comes by it is asked in this person's name.",
    )  # fmt: skip
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used = models.PositiveIntegerField(default=0)

    objects = IntakeLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.type} for {self.account}"


class RecordChange(models.Model):
    """What a request wants changed in our records: shown as a difference, applied when approved."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Waits for a decision"
        APPLIED = "applied", "Applied"
        REJECTED = "rejected", "Rejected"

    request = models.ForeignKey(SalesRequest, models.CASCADE, related_name="record_changes")
    account = models.ForeignKey(Account, models.CASCADE, null=True)
    contact = models.ForeignKey(Contact, models.CASCADE, null=True)
    changes = models.JSONField(help_text="{field: [from, to]}, as text.")
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        permissions = [("decide_recordchange", "Can apply changes of records")]
        constraints = [
            models.CheckConstraint(
                name="desk_recordchange_of_one_record",
                condition=Q(account__isnull=False, contact=None)
                | Q(account=None, contact__isnull=False),
            ),
            models.CheckConstraint(
                name="desk_recordchange_decided_by_somebody",
                condition=Q(status="proposed", decided_by=None)
                | (~Q(status="proposed") & Q(decided_by__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"Change for {self.request_id}"
