"""Conversations: threads, messages, files beside them, and the open questions in them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.models import Contact
from people.models import Department

PORTAL = "portal"


class Thread(models.Model):
    """The conversation about one object (kept by type and id, so that any app can have one)."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    version = models.BigIntegerField(
        default=0, db_default=0, help_text="Grows with all that its readers would see."
    )
    created_at = models.DateTimeField()
    # Made in this transaction: nobody else knows of it, so its first message waits for no turn.
    is_begun_now = False

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
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, related_name="+", help_text="Who wrote from outside."
    )
    address = models.EmailField(blank=True, help_text="From where somebody wrote from outside.")
    channel = models.CharField(max_length=12, default=PORTAL, db_default=PORTAL)
    quotes = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True, help_text="Taken back before it left.")

    class Meta:
        indexes = [models.Index(fields=["thread", "at", "id"], name="comms_message_thread")]

    def __str__(self) -> str:
        return f"{self.author_name}, {self.at:%Y-%m-%d %H:%M}"


class PastText(models.Model):
    """What a message said before it was edited."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="past")
    body = models.TextField()
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["message", "until"], name="comms_pasttext_message")]

    def __str__(self) -> str:
        return f"Before {self.until:%Y-%m-%d %H:%M}"


class Mention(models.Model):
    """Somebody, or a department, named with an @ in a message."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="mentions"
    )
    department = models.ForeignKey(Department, models.CASCADE, null=True, related_name="mentions")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="comms_mention_of_one_side",
                condition=Q(user=None, department__isnull=False)
                | Q(user__isnull=False, department=None),
            ),
            models.UniqueConstraint(
                fields=["message", "user", "department"], name="comms_mention_once",
                nulls_distinct=False,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"@{self.user or self.department}"


class Reaction(models.Model):
    """A nod without words; it answers no question."""

    class Sign(models.TextChoices):
        THUMB = "thumb", "👍"
        DONE = "done", "✅"
        LOOKING = "looking", "👀"
        THANKS = "thanks", "🙏"
        PARTY = "party", "🎉"

    message = models.ForeignKey(Message, models.CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sign = models.CharField(max_length=8, choices=Sign)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "user", "sign"], name="comms_reaction_once")
        ]

    def __str__(self) -> str:
        return Reaction.Sign(self.sign).label


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
    content_id = models.SlugField(
        max_length=60, blank=True, db_default="", db_index=False,
        help_text="A picture inside the text of its message: ![](cid:plan).",
    )  # fmt: skip
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
    channel = models.CharField(max_length=12, default=PORTAL)
    answer = models.ForeignKey(Message, models.PROTECT, null=True, related_name="+")
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
