"""Meetings set up on behalf of others: one chain each, bookings that cannot overlap, outcomes."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from crm.models import Account, Contact
from kit.search import Trigrams
from kit.zones import check_zone
from people.models import Team


class Status(models.TextChoices):
    REQUESTED = "requested", "To be scheduled"
    BOOKED = "booked", "Booked"
    DONE = "done", "Over"
    CANCELLED = "cancelled", "Cancelled"


# Every status is a key, so a dead end is written down rather than forgotten.
MOVES: Final[Mapping[Status, frozenset[Status]]] = {
    Status.REQUESTED: frozenset({Status.BOOKED, Status.CANCELLED}),
    Status.BOOKED: frozenset({Status.BOOKED, Status.DONE, Status.CANCELLED}),
    Status.DONE: frozenset(),
    Status.CANCELLED: frozenset(),
}


class IllegalMove(Exception):
    """The table has no such move from here; the message is fit for people to read."""


class Outcome(models.TextChoices):
    UNKNOWN = "unknown", "Not confirmed yet"
    HELD = "held", "Held"
    GUEST_NO_SHOW = "guest_no_show", "Guest did not come"
    HOST_NO_SHOW = "host_no_show", "We did not come"
    CANCELLED_LATE = "cancelled_late", "Cancelled late"
    CANCELLED_IN_TIME = "cancelled_in_time", "Cancelled in time"


class Meeting(models.Model):
    """One chain: rescheduling keeps the row and its first slot."""

    title = models.CharField(max_length=200)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="meetings")
    host = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="hosted")
    scheduled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    outcome = models.CharField(max_length=20, choices=Outcome, default=Outcome.UNKNOWN)
    outcome_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    outcome_at = models.DateTimeField(null=True)
    outcome_note = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(null=True, help_text="When it really began.")
    minutes = models.PositiveIntegerField(default=45)
    window_from = models.DateTimeField(null=True)
    window_until = models.DateTimeField(null=True)
    first_starts_at = models.DateTimeField(null=True, help_text="The slot first agreed.")
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    zone = models.CharField(max_length=60, default="Europe/Amsterdam", validators=[check_zone])
    place = models.CharField(max_length=200, blank=True)
    agenda = models.TextField(blank=True)
    reschedules = models.PositiveSmallIntegerField(default=0)
    touches = models.PositiveSmallIntegerField(default=0)
    uid = models.CharField(max_length=200, unique=True)
    sequence = models.PositiveIntegerField(default=0)
    requested_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True, help_text="When all required had accepted.")
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meetings_meeting_booked_has_a_slot",
                condition=Q(status__in=["requested", "cancelled"])
                | Q(
                    starts_at__isnull=False,
                    ends_at__gt=F("starts_at"),
                    first_starts_at__isnull=False,
                ),
            )
        ]
        indexes = [
            models.Index(fields=["starts_at"], name="meetings_meeting_starts"),
            models.Index(fields=["-requested_at", "-id"], name="meetings_meeting_newest"),
            GinIndex(Trigrams("title"), name="meetings_meeting_title"),
        ]

    def __str__(self) -> str:
        return self.title

    def move(self, to: Status) -> None:
        """Go to another status, if the table has that move.

        :raises IllegalMove: with words for the person who tried.
        """
        here = Status(self.status)
        if to not in MOVES[here]:
            raise IllegalMove(f"This meeting is {here.label.lower()}.")
        self.status = to


class Attendee(models.Model):
    class Role(models.TextChoices):
        REQUIRED = "required", "Required"
        OPTIONAL = "optional", "Optional"
        GUEST = "guest", "Guest"

    class Reply(models.TextChoices):
        NONE = "none", "No reply"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendees")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.REQUIRED)
    reply = models.CharField(max_length=10, choices=Reply.choices, default=Reply.NONE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "user"],
                condition=Q(user__isnull=False),
                name="meetings_attendee_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Booking(models.Model):
    """A colleague's time, taken. The database refuses two that overlap."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, null=True, related_name="bookings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bookings")
    during = DateTimeRangeField()
    label = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="meetings_booking_never_double",
                expressions=[
                    (
                        Func(
                            F("user_id"), F("user_id"), template="int8range(%(expressions)s, '[]')"
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("during", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.during}"
