"""Kinds of meetings: what one is like before anybody says otherwise."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Mode(models.TextChoices):
    VIDEO = "video", "Video call"
    PHONE = "phone", "Phone call"
    VISIT = "visit", "Visit to the customer"
    HOUSE = "house", "At our place"


class MeetingKind(models.Model):
    """Product demonstration, plant visit, contract review: length, buffers, agenda, what to bring."""

    name = models.CharField(max_length=80, unique=True)
    minutes = models.PositiveSmallIntegerField(default=45)
    mode = models.CharField(max_length=6, choices=Mode, default=Mode.VIDEO)
    before_minutes = models.PositiveSmallIntegerField(default=0)
    after_minutes = models.PositiveSmallIntegerField(default=0)
    agenda = models.TextField(blank=True)
    goals = models.TextField(blank=True)
    video_url = models.URLField(max_length=500, blank=True, help_text="A standing room, if any.")
    materials = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meetings_kind_has_a_length", condition=Q(minutes__gte=5, minutes__lte=720)
            )
        ]

    def __str__(self) -> str:
        return self.name
