"""What is owed to whom on which channel."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from comms.models.sender import MAIN, Sender
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
    provider = models.CharField(max_length=30, default=MAIN, db_default=MAIN)
    sender = models.ForeignKey(Sender, models.SET_NULL, null=True, related_name="+")
    written = models.ForeignKey(
        "comms.Message", models.SET_NULL, null=True, related_name="deliveries",
        help_text="What somebody wrote in a conversation, if this carries it.",
    )  # fmt: skip
    thread = models.ForeignKey(
        "comms.Thread", models.SET_NULL, null=True, related_name="deliveries",
        help_text="Where answers belong; without one, the conversation of what it is about.",
    )  # fmt: skip
    references = models.TextField(
        blank=True, db_default="", help_text="Message-IDs of the mails that it answers."
    )
    leave_by = models.CharField(
        max_length=20, blank=True, db_default="",
        help_text="A kind of mail that its reader may stop; none for what she must get.",
    )  # fmt: skip
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
    calendar_method = models.CharField(max_length=14, blank=True)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    holder = models.CharField(
        max_length=100, blank=True, db_default="", help_text="The process that sends it."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    put_off = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often the other side said: later."
    )
    suppression = models.ForeignKey(
        "comms.Suppression", models.SET_NULL, null=True, related_name="stopped",
        help_text="What kept it from being sent.",
    )  # fmt: skip
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
                fields=["provider", "due_at", "id"],
                name="comms_delivery_next",
                condition=Q(status="pending"),
            ),
            models.Index(
                fields=["lease_until"], name="comms_delivery_lease", condition=Q(status="sending")
            ),
            models.Index(fields=["about_type", "about_id"], name="comms_delivery_about"),
            models.Index(fields=["status", "-id"], name="comms_delivery_status"),
            models.Index(Lower("recipient"), F("id").desc(), name="comms_delivery_recipient"),
            models.Index(fields=["created_at", "id"], name="comms_delivery_created"),
            models.Index(fields=["-id"], name="comms_delivery_bounced", condition=~Q(bounce="")),
            models.Index(
                Lower("recipient"), name="comms_delivery_owed_to", condition=Q(status="pending")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient}"


class DeliveryFile(models.Model):
    """A file that goes along: one that is kept (`stored_as`), or a paper drawn when it is sent."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=100, help_text="Its media type.")
    stored_as = models.CharField(max_length=32, blank=True)
    drawn_by = models.CharField(
        max_length=60, blank=True, help_text="A name of settings.DELIVERY_PAPERS."
    )
    drawn_of = models.BigIntegerField(null=True, help_text="The key of what it is a paper of.")
    content_id = models.SlugField(
        max_length=60, blank=True, help_text="A picture inside the text: ![](cid:plan)."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="comms_deliveryfile_kept_or_drawn",
                condition=(~Q(stored_as="") & Q(drawn_by="", drawn_of=None))
                | (Q(stored_as="", drawn_of__isnull=False) & ~Q(drawn_by="")),
            ),
            models.CheckConstraint(
                name="comms_deliveryfile_name_is_one_line",
                condition=~Q(name="") & ~Q(name__regex=r"[/\\[:cntrl:]]"),
            ),
        ]

    def __str__(self) -> str:
        return self.name
