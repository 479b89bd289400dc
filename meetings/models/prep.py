"""What is prepared for a meeting."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from meetings.models.meeting import Meeting


class PrepPack(models.Model):
    """What there is to know on one screen, as it was when it was made; made again before it begins."""

    meeting = models.OneToOneField(Meeting, models.CASCADE, related_name="prep_pack")
    sections = models.JSONField(default=list)
    version = models.PositiveSmallIntegerField(
        default=0, help_text="Grows each time it is made; 0 while it waits to be made."
    )
    made_at = models.DateTimeField(null=True)
    sent_version = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True, help_text="When it is made (or made again) next.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meetings_preppack_made_has_a_time",
                condition=Q(version=0, made_at=None) | Q(version__gt=0, made_at__isnull=False),
            ),
            models.CheckConstraint(
                name="meetings_preppack_sent_was_made",
                condition=Q(sent_version__lte=F("version")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="meetings_preppack_due", condition=Q(next_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"Prep pack of {self.meeting_id}"


class PrepItem(models.Model):
    """Something to bring, with who sees to it."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="prep_items")
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="meetings_prepitem_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="meetings_prepitem_done_by_somebody",
                condition=Q(done_at=None, done_by=None)
                | Q(done_at__isnull=False, done_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["meeting", "position"], name="meetings_prepitem_of"),
            models.Index(
                fields=["owner", "due_at"], name="meetings_prepitem_open", condition=Q(done_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Evidence(models.Model):
    """A sign that a meeting took place, or did not: a reply, a join, a note, a person's word."""

    class Kind(models.TextChoices):
        REPLY = "reply", "A reply"
        JOIN = "join", "Somebody joined the call"
        NOTE = "note", "A note"
        WORD = "word", "A person's word"

    class Side(models.TextChoices):
        HOST = "host", "The host"
        GUEST = "guest", "A guest"
        OTHER = "", "Somebody else"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=5, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    side = models.CharField(max_length=5, choices=Side, blank=True, default="", db_default="")
    who = models.CharField(max_length=200, blank=True, help_text="Whom it speaks of.")
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "kind", "side", "who", "at"], name="meetings_evidence_once"
            )
        ]
        indexes = [models.Index(fields=["meeting", "at"], name="meetings_evidence_of")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text}"
