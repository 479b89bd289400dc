"""In whose name mail leaves, and by which way."""

from django.db import models
from django.db.models import Q

from people.models import Team

MAIN = "default"


class Sender(models.Model):
    """How mails of a team look and whence they come; the one without a team is everybody else's."""

    team = models.OneToOneField(
        Team, models.CASCADE, null=True, blank=True, related_name="mail_sender"
    )
    name = models.CharField(max_length=100, help_text="As readers see it: Rotterdam desk.")
    address = models.EmailField(help_text="Whence mails come; its domain must let us send.")
    reply_to = models.EmailField(
        blank=True, help_text="Where answers go, if not to the portal's own mailbox."
    )
    signature = models.TextField(blank=True, max_length=2000)
    header = models.TextField(blank=True, max_length=2000)
    footer = models.TextField(blank=True, max_length=2000)
    colour = models.CharField(max_length=7, default="#1f5fa8")
    provider = models.CharField(max_length=30, default=MAIN)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team"], name="comms_sender_one_default", condition=Q(team=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="comms_sender_colour", condition=Q(colour__regex=r"^#[0-9a-f]{6}$")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


class Provider(models.Model):
    """How fast one way out may be used, and how it is. Its address and keys stand in the settings."""

    name = models.CharField(max_length=30, unique=True)
    per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="None: as fast as can be."
    )
    most_at_once = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many may be under way together."
    )
    tokens = models.FloatField(default=0, db_default=0.0)
    filled_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    pauses = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="In a row.")
    why = models.CharField(max_length=500, blank=True, db_default="")
    paused_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="comms_provider_limits_positive",
                condition=(Q(per_minute=None) | Q(per_minute__gt=0))
                & (Q(most_at_once=None) | Q(most_at_once__gt=0)),
            ),
        ]

    def __str__(self) -> str:
        return self.name
