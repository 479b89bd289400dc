"""Talk about any object, open questions, and what is owed to whom on which channel."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.models import Contact
from people.models import Department


class Thread(models.Model):
    """The conversation about one object (kept by type and id, so that any app can have one)."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"], name="comms_thread_one_per_subject"
            )
        ]

    def __str__(self) -> str:
        return f"Thread of {self.subject_type} {self.subject_id}"


class Visibility(models.TextChoices):
    """Who may read a message; chosen by hand for each one, never by accident."""

    INTERNAL = "internal", "Internal"
    REQUESTER = "requester", "Requester"
    CUSTOMER = "customer", "Customer"


class Message(models.Model):
    """What somebody wrote. INTERNAL: desk and departments; REQUESTER: also the rep who asked;
    CUSTOMER: everybody, and it leaves by mail to the contact."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    author_name = models.CharField(max_length=200)
    by_person = models.BooleanField(default=True, help_text="False for automatic messages.")
    visibility = models.CharField(max_length=10, choices=Visibility)
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["thread", "at", "id"], name="comms_message_thread")]

    def __str__(self) -> str:
        return f"{self.author_name}, {self.at:%Y-%m-%d %H:%M}"


class Attachment(models.Model):
    """A file in a conversation. Beside a message it is read by those who may read the message.

    A removed one stays as a row: who attached what stands, the file itself is gone.
    """

    thread = models.ForeignKey(Thread, models.PROTECT, related_name="attachments")
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="attachments")
    name = models.CharField(max_length=255, help_text="What people call it, cleaned.")
    kind = models.CharField(max_length=100, help_text="The media type that its bytes were read as.")
    size = models.BigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=32, help_text="Its random name in the private folder.")
    visibility = models.CharField(max_length=10, choices=Visibility)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    uploaded_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stored_as"], name="comms_attachment_stored_once"),
            models.CheckConstraint(
                name="comms_attachment_stored_under_a_random_name",
                condition=Q(stored_as__regex=r"^[0-9a-f]{32}$", sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(name="comms_attachment_not_empty", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="comms_attachment_name_is_no_path",
                condition=~Q(name="") & ~Q(name__regex=r"[/\\[:cntrl:]]"),
            ),
            models.CheckConstraint(
                name="comms_attachment_visibility_known",
                condition=Q(visibility__in=Visibility.values),
            ),
            models.CheckConstraint(
                name="comms_attachment_removed_by_somebody",
                condition=Q(removed_at=None, removed_by=None)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["thread", "at", "id"], name="comms_attachment_thread")]

    def __str__(self) -> str:
        return self.name


class Turn(models.Model):
    """An open question to a colleague or a department, until somebody of that side answers."""

    class Closed(models.TextChoices):
        ANSWERED = "answered", "Answered"
        NOT_NEEDED = "not_needed", "No answer needed"

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="turns")
    question = models.ForeignKey(Message, models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="turns"
    )
    asked_department = models.ForeignKey(Department, models.PROTECT, null=True)
    to_desk = models.BooleanField(default=False, help_text="Asked of the desk as a whole.")
    channel = models.CharField(max_length=12, default="portal")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    closed = models.CharField(max_length=12, choices=Closed.choices, blank=True)
    calendar_seconds = models.BigIntegerField(null=True)
    business_seconds = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="comms_turn_closed_has_a_time",
                condition=Q(closed="", closed_at=None)
                | (~Q(closed="") & Q(closed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["opened_at"], name="comms_turn_open", condition=Q(closed_at__isnull=True)
            ),
            models.Index(fields=["thread", "opened_at"], name="comms_turn_thread"),
        ]

    def __str__(self) -> str:
        return f"Turn of {self.thread_id}, opened {self.opened_at:%Y-%m-%d %H:%M}"


class Delivery(models.Model):
    """One message owed to one recipient on one channel."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Not known whether it was sent"
        CANCELLED = "cancelled", "Cancelled"

    channel = models.CharField(max_length=12, default="mail")
    key = models.CharField(max_length=200, unique=True, help_text="What is owed, said once.")
    message_id = models.CharField(max_length=250, unique=True)
    recipient = models.EmailField()
    recipient_name = models.CharField(max_length=200, blank=True)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=250)
    body = models.TextField()
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
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="comms_delivery_due", condition=Q(status="pending")
            ),
            models.Index(
                fields=["lease_until"], name="comms_delivery_lease", condition=Q(status="sending")
            ),
            models.Index(fields=["about_type", "about_id"], name="comms_delivery_about"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient}"
