"""Words that are not said yet: drafts, messages that leave later, and the files chosen for them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from comms.models.talk import Message


class UnsentQuerySet(models.QuerySet["Unsent"]):
    def drafts(self) -> "UnsentQuerySet":
        return self.filter(status=Unsent.Status.DRAFT)

    def planned(self) -> "UnsentQuerySet":
        """What leaves later, and what was kept from leaving until its author says."""
        return self.filter(status__in=[Unsent.Status.WAITING, Unsent.Status.HELD])


class Unsent(models.Model):
    """What somebody typed for a conversation and has not sent: kept on any device. With a time it
    leaves by itself, unless something speaks against it then."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        WAITING = "waiting", "Leaves later"
        HELD = "held", "Held back"
        SENT = "sent", "Sent"
        CANCELLED = "cancelled", "Cancelled"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    to = models.CharField(max_length=10, blank=True, help_text="Who reads it, as chosen.")
    typed_for = models.CharField(
        max_length=10, blank=True, help_text="Who was chosen when the first words were typed."
    )
    subject_line = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    contacts = models.JSONField(default=list, help_text="Keys of those of the customer who get it.")
    needs = models.CharField(max_length=150, blank=True)
    quotes = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="+")
    papers = models.JSONField(default=list, help_text="Papers that are drawn and go along.")
    taken = models.CharField(
        max_length=400, blank=True, default="", db_default="",
        help_text="Templates whose words were taken, with their versions.",
    )  # fmt: skip
    saved_at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True, help_text="When somebody said: later.")
    due_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, blank=True, help_text="What kept it from leaving.")
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, related_name="+", help_text="What became of it."
    )

    objects = UnsentQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "unsent"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject_type", "subject_id"], name="comms_unsent_one_draft",
                condition=Q(status="draft"),
            ),
            models.CheckConstraint(
                name="comms_unsent_later_has_a_time",
                condition=Q(status="draft")
                | Q(due_at__isnull=False, planned_at__isnull=False),
            ),
            models.CheckConstraint(
                name="comms_unsent_held_says_why", condition=~Q(status="held") | ~Q(why="")
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="comms_unsent_next", condition=Q(status="waiting")
            ),
            models.Index(
                fields=["subject_type", "subject_id", "due_at"], name="comms_unsent_about",
                condition=Q(status__in=["waiting", "held"]),
            ),
            models.Index(
                fields=["saved_at"], name="comms_unsent_old_drafts", condition=Q(status="draft")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.user}: {self.get_status_display().lower()}"


class UnsentFile(models.Model):
    """A file chosen for words that are not said yet. Only their writer sees it."""

    unsent = models.ForeignKey(Unsent, models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=100, help_text="The media type that its bytes were read as.")
    size = models.BigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=32, unique=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="comms_unsentfile_stored_under_a_random_name",
                condition=Q(stored_as__regex=r"^[0-9a-f]{32}$", sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(
                name="comms_unsentfile_name_is_no_path",
                condition=~Q(name="") & ~Q(name__regex=r"[/\\[:cntrl:]]"),
            ),
        ]

    def __str__(self) -> str:
        return self.name
