"""What is owed to whom on which channel."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from crm.models import Contact


class Delivery(models.Model):
    """One message owed to one recipient on one channel."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Not known whether it was sent"
        CANCELLED = "cancelled", "Cancelled"

    class Bounce(models.TextChoices):
        HARD = "hard", "Came back for good"
        SOFT = "soft", "Came back for now"
        COMPLAINT = "complaint", "Reported as unwanted"

    channel = models.CharField(max_length=12, default="mail")
    key = models.CharField(max_length=200, unique=True, help_text="What is owed, said once.")
    message_id = models.CharField(max_length=250, unique=True)
    recipient = models.EmailField()
    recipient_name = models.CharField(max_length=200, blank=True)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=250)
    body = models.TextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+",
        help_text="On whose behalf it is sent: who hears when it comes back.",
    )  # fmt: skip
    private = models.BooleanField(
        default=False, db_default=False,
        help_text="Holds a link by which its reader acts without signing in: nobody else reads it.",
    )  # fmt: skip
    calendar_part = models.TextField(blank=True, help_text="An iCalendar invitation, if any.")
    calendar_method = models.CharField(max_length=10, blank=True)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    arrived_at = models.DateTimeField(null=True, help_text="When the provider said so.")
    bounced_at = models.DateTimeField(null=True)
    bounce = models.CharField(max_length=10, choices=Bounce.choices, blank=True, db_default="")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                name="comms_delivery_sending_has_a_lease",
                condition=~Q(status="sending") | Q(lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="comms_delivery_sent_has_a_time",
                condition=~Q(status="sent") | Q(sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="comms_delivery_bounce_has_a_time",
                condition=Q(bounce="", bounced_at=None)
                | (~Q(bounce="") & Q(bounced_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="comms_delivery_due", condition=Q(status="pending")
            ),
            models.Index(
                fields=["lease_until"], name="comms_delivery_lease", condition=Q(status="sending")
            ),
            models.Index(fields=["about_type", "about_id"], name="comms_delivery_about"),
            models.Index(
                Lower("recipient"), name="comms_delivery_owed_to", condition=Q(status="pending")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient}"
