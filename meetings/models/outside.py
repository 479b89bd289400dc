"""Calendars that people keep elsewhere, and the busy times read from them."""

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from meetings.models.room import Room


class OutsideCalendar(models.Model):
    """A feed or an account that is read for busy times. Address and password are sealed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="outside_calendars"
    )
    room = models.ForeignKey(Room, models.CASCADE, null=True, related_name="outside_calendars")
    kind = models.CharField(max_length=20, help_text="A key of the CALENDARS seam: ics, caldav.")
    name = models.CharField(max_length=80)
    address = models.TextField(help_text="Sealed: a feed's address is its password.")
    login = models.TextField(blank=True, help_text="Sealed.")
    password = models.TextField(blank=True, help_text="Sealed.")
    state = models.JSONField(default=dict, help_text="What the adapter remembers: ETag, token.")
    next_poll_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True, help_text="When it was last read without trouble.")
    failures = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    warnings = models.JSONField(default=list, help_text="What could not be read in it.")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meetings_outside_of_a_person_or_a_room",
                condition=Q(user__isnull=False, room=None) | Q(user=None, room__isnull=False),
            )
        ]
        indexes = [
            models.Index(
                fields=["next_poll_at"],
                name="meetings_outside_to_poll",
                condition=Q(is_active=True),
            )
        ]

    def __str__(self) -> str:
        return self.name


class OutsideBusy(models.Model):
    """One stretch of time that an outside calendar says is taken. No words of it are kept."""

    calendar = models.ForeignKey(OutsideCalendar, models.CASCADE, related_name="busy")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="outside_busy"
    )
    room = models.ForeignKey(Room, models.CASCADE, null=True, related_name="outside_busy")
    uid = models.CharField(max_length=255)
    during = DateTimeRangeField()
    tentative = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index("user", Lower("during"), name="meetings_outside_of_person")]

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.during}"


class FeedLink(models.Model):
    """The secret address of a person's own feed. Only a digest is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feed_link")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meetings_feedlink_is_a_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            )
        ]

    def __str__(self) -> str:
        return f"Feed of {self.user_id}"
