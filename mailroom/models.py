"""Mail that came in: kept as it came before anything else happens with it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from comms.models import Delivery, Message, Thread
from crm.models import Contact
from desk.models import RequestType


class Mailbox(models.Model):
    """A mailbox that is asked for new mail (IMAP)."""

    name = models.CharField(max_length=100, unique=True)
    host = models.CharField(max_length=200)
    port = models.PositiveIntegerField(default=993)
    tls = models.BooleanField(default=True)
    user = models.CharField(max_length=200)
    secret = models.TextField(blank=True, help_text="The password, sealed.")
    folder = models.CharField(max_length=200, default="INBOX")
    is_active = models.BooleanField(default=True)
    validity = models.BigIntegerField(null=True, help_text="UIDVALIDITY of the folder.")
    last_uid = models.BigIntegerField(default=0)
    polled_at = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True, help_text="A worker is there until then at most.")
    failures = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="In a row.")
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return self.name


class TypeRule(models.Model):
    """Which type of request a new mail becomes; the first rule that fits decides."""

    class Field(models.TextChoices):
        TO = "to", "The address it was sent to"
        SUBJECT = "subject", "The subject"
        SENDER = "sender", "The sender's address"
        TEXT = "text", "The text"

    position = models.PositiveSmallIntegerField(default=10)
    field = models.CharField(max_length=8, choices=Field)
    contains = models.CharField(max_length=100)
    type = models.ForeignKey(RequestType, models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="mailroom_typerule_says_what", condition=~Q(contains=""))
        ]

    def __str__(self) -> str:
        return f"{self.get_field_display()} holds “{self.contains}”"


class Incoming(models.Model):
    """One mail; the same mail twice is one row."""

    class Status(models.TextChoices):
        TAKEN = "taken", "Just came in"
        FILED = "filed", "Filed"
        TRIAGE = "triage", "Needs a person"
        NOTED = "noted", "Noted"
        IGNORED = "ignored", "Not ours"
        FAILED = "failed", "Could not be filed"

    class Kind(models.TextChoices):
        NEW = "new", "New"
        REPLY = "reply", "Answer"
        AUTO_REPLY = "auto_reply", "Automatic answer"
        BOUNCE = "bounce", "Came back"
        COMPLAINT = "complaint", "Complaint"

    essence = models.CharField(max_length=64, unique=True, help_text="What makes it this mail.")
    source = models.CharField(max_length=10)
    mailbox = models.ForeignKey(Mailbox, models.SET_NULL, null=True, related_name="mails")
    received_at = models.DateTimeField()
    recipients = ArrayField(models.CharField(max_length=254), default=list)
    mail_id = models.CharField(max_length=250, blank=True, help_text="Its Message-ID.")
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    reply = models.TextField(blank=True)
    parts = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=8, choices=Status, default=Status.TAKEN)
    why = models.CharField(max_length=500, blank=True, help_text="Why it stands where it stands.")
    thread = models.ForeignKey(Thread, models.SET_NULL, null=True, related_name="+")
    message = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="mail")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = "incoming mail"
        verbose_name_plural = "incoming mail"
        permissions = [("sort_mail", "Can sort incoming mail")]
        constraints = [
            models.CheckConstraint(
                name="mailroom_incoming_settled_has_a_time",
                condition=Q(status="taken") | Q(settled_at__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["id"], name="mailroom_taken", condition=Q(status="taken")),
            models.Index(fields=["status", "-id"], name="mailroom_status"),
            models.Index(fields=["address", "-id"], name="mailroom_address"),
        ]

    def __str__(self) -> str:
        return f"{self.subject or 'Mail'} from {self.address or 'nobody'}"


class RawMail(models.Model):
    """The mail byte for byte, as it came."""

    incoming = models.OneToOneField(Incoming, models.CASCADE, primary_key=True, related_name="raw")
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{len(self.data)} bytes"


class Report(models.Model):
    """What a mail provider posted to us: a report about a mail of ours, or a mail that it took.

    The row is there before anything is done with it; the same post again finds it there.
    """

    class Way(models.TextChoices):
        TRACKING = "tracking", "About our mail"
        INBOUND = "inbound", "Mail for us"

    class Status(models.TextChoices):
        TAKEN = "taken", "Just came in"
        APPLIED = "applied", "Applied"
        NOTED = "noted", "Noted"
        UNREADABLE = "unreadable", "Not understood"

    provider = models.CharField(max_length=30)
    way = models.CharField(max_length=8, choices=Way)
    key = models.CharField(max_length=64, help_text="What makes it this report.")
    kind = models.CharField(max_length=20, help_text="As django-anymail calls it.")
    told_at = models.DateTimeField(null=True, help_text="When it happened, says the provider.")
    received_at = models.DateTimeField()
    recipient = models.CharField(max_length=254, blank=True)
    message_id = models.CharField(max_length=250, blank=True)
    hard = models.BooleanField(default=False, db_default=False)
    reason = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=500, blank=True, help_text="What the other side said.")
    token = models.CharField(
        max_length=64, blank=True, help_text="Sum of what a signature covers, where not the body."
    )
    digest = models.CharField(max_length=64, blank=True, help_text="Sum of what it says.")
    status = models.CharField(max_length=10, choices=Status, default=Status.TAKEN)
    why = models.CharField(max_length=300, blank=True)
    delivery = models.ForeignKey(Delivery, models.SET_NULL, null=True, related_name="+")
    incoming = models.ForeignKey(Incoming, models.SET_NULL, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "way", "key"], name="mailroom_report_once"
            ),
            models.UniqueConstraint(
                fields=["provider", "token"], name="mailroom_report_signed_once",
                condition=~Q(token=""),
            ),
            models.CheckConstraint(
                name="mailroom_report_settled_has_a_time",
                condition=Q(status="taken") | Q(settled_at__isnull=False),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["id"], name="mailroom_report_taken", condition=Q(status="taken")
            ),
            models.Index(fields=["status", "-id"], name="mailroom_report_status"),
            models.Index(fields=["received_at"], name="mailroom_report_old"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} from {self.provider}"


class Blocked(models.Model):
    """A sender whose mail is nobody's work; it is kept, and not shown for triage."""

    address = models.CharField(max_length=254, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.address
