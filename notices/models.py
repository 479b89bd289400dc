"""What colleagues are told, and how they want to hear of it."""

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q

from notices.kinds import Mail


class Notice(models.Model):
    """One thing that one colleague was told, once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=250)
    body = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    waits_for_digest = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notices_notice_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notices_of_user"),
            models.Index(
                fields=["user", "-id"], name="notices_unread", condition=Q(read_at__isnull=True)
            ),
            models.Index(
                fields=["user", "id"], name="notices_for_digest", condition=Q(waits_for_digest=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Preference(models.Model):
    """How one colleague wants to hear of one kind."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    mail = models.CharField(max_length=8, choices=Mail)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="notices_preference_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.mail}"


class Rhythm(models.Model):
    """When one colleague wants mail at all, in her own zone."""

    class Digest(models.TextChoices):
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Every Monday"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="rhythm")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    digest = models.CharField(max_length=8, choices=Digest, default=Digest.DAILY)
    digest_at = models.TimeField(default=time(8))
    digested_on = models.DateField(null=True, help_text="The day of the last summary, in her zone.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notices_rhythm_quiet_has_both_ends",
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"Rhythm of {self.user_id}"
