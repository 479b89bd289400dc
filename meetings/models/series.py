"""Meetings that come again."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kit.zones import check_zone


class Series(models.Model):
    """A rule (RFC 5545 RRULE) on a wall clock; its occurrences are meetings, each a chain of its own."""

    rule = models.CharField(max_length=300, help_text="FREQ=WEEKLY;BYDAY=MO;COUNT=10")
    zone = models.CharField(max_length=60, validators=[check_zone])
    first_wall = models.CharField(
        max_length=16, help_text="Wall time of the first: 2026-11-24T09:00."
    )
    minutes = models.PositiveSmallIntegerField()
    uid = models.CharField(max_length=200, unique=True)
    sequence = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When the rest of it was called off.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meetings_series_has_a_length", condition=Q(minutes__gte=5, minutes__lte=720)
            )
        ]

    def __str__(self) -> str:
        return self.rule
