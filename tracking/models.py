"""Summaries of the pipeline: who gets them when, and what each said."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from crm.models import Pipeline
from kit.moments import Weekday
from kit.zones import check_zone
from people.models import Team


class Schedule(models.Model):
    """A summary that goes out each week at an hour of a zone."""

    class Audience(models.TextChoices):
        TEAM = "team", "The team: every deal that needs somebody"
        LEADERSHIP = "leadership", "Leadership: the figures"

    name = models.CharField(max_length=80)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.TEAM)
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, help_text="Empty: the deals of everybody."
    )
    pipeline = models.ForeignKey(Pipeline, models.CASCADE, null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(
        choices=Weekday, default=Weekday.MONDAY, validators=[MaxValueValidator(6)]
    )
    hour = models.TimeField(default="08:00")
    zone = models.CharField(max_length=60, default="Europe/Amsterdam", validators=[check_zone])
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    is_active = models.BooleanField(default=True)
    next_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="tracking_schedule_weekday", condition=Q(weekday__lte=6))
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="tracking_schedule_due", condition=Q(is_active=True)
            )
        ]

    def __str__(self) -> str:
        return self.name


class Summary(models.Model):
    """What was said for one week to one circle of readers, kept as it was said."""

    schedule = models.ForeignKey(Schedule, models.SET_NULL, null=True, related_name="summaries")
    title = models.CharField(max_length=200)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    sections = models.JSONField(help_text="kit.briefing.Section, one after another.")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "summaries"
        indexes = [models.Index(fields=["schedule", "made_at"], name="tracking_summary_made")]

    def __str__(self) -> str:
        return self.title
