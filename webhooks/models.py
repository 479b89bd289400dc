"""Whom we tell of what happens, and every message that is owed to them."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

EVENTS: Final[Mapping[str, str]] = {
    "desk.request.": "Requests", "desk.handoff.": "Hand-offs", "tasks.": "Tasks",
    "orders.order.": "Orders", "orders.quote.": "Quotes",
}  # fmt: skip


class Endpoint(models.Model):
    """An address that hears of some kinds of events, each signed with a secret of its own."""

    name = models.CharField(max_length=100)
    url = models.URLField(max_length=500)
    events = ArrayField(models.CharField(max_length=30), help_text="Beginnings of actions.")
    secret = models.CharField(max_length=300, help_text="Sealed.")
    old_secret = models.CharField(
        max_length=300, blank=True, help_text="Sealed; signs too for a day."
    )
    rotated_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    stopped_why = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Call(models.Model):
    """One message owed to one endpoint: the body as it is signed, and how it went."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="calls")
    entry = models.BigIntegerField(null=True, help_text="The journal's entry; none for a test.")
    replay = models.PositiveIntegerField(default=0)
    message_id = models.CharField(max_length=60, help_text="The same for every attempt and replay.")
    event = models.CharField(max_length=80)
    body = models.TextField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    code = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "entry", "replay"], name="webhooks_call_owed_once"
            ),
            models.CheckConstraint(
                name="webhooks_call_sending_has_a_lease",
                condition=~Q(status="sending") | Q(lease_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="webhooks_call_due", condition=Q(status="pending")
            ),
            models.Index(
                fields=["lease_until"], name="webhooks_call_lease", condition=Q(status="sending")
            ),
            models.Index(fields=["endpoint", "-id"], name="webhooks_call_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint_id}"
