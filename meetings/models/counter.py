"""Other times that attendees propose from their calendars (METHOD:COUNTER)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from meetings.models.meeting import Attendee, Meeting


class Counter(models.Model):
    """One proposal; the desk takes it or says no. A later one of the same attendee replaces it."""

    class State(models.TextChoices):
        OPEN = "open", "Waits for the desk"
        TAKEN = "taken", "Taken"
        REFUSED = "refused", "Refused"
        REPLACED = "replaced", "Overtaken"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="counters")
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="counters")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    stamp = models.DateTimeField(help_text="DTSTAMP of the calendar that proposed it.")
    at = models.DateTimeField(help_text="When it came in.")
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["attendee"], condition=Q(state="open"), name="meetings_counter_one_open"
            ),
            models.CheckConstraint(
                name="meetings_counter_has_a_length", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="meetings_counter_settled_has_a_time",
                condition=Q(state="open") | Q(settled_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["meeting", "-at"], name="meetings_counter_of")]

    def __str__(self) -> str:
        return f"{self.attendee}: {self.starts_at:%Y-%m-%d %H:%M}"
