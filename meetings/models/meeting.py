"""Meetings set up on behalf of others: one chain each, who comes, outcomes."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from crm.models import Account, Contact
from kit.search import Trigrams
from kit.zones import check_zone
from meetings.models.kind import MeetingKind, Mode
from meetings.models.room import Room
from meetings.models.series import Series
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


class Priority(models.TextChoices):
    NORMAL = "normal", "Normal"
    HIGH = "high", "High"  # focus blocks and buffers may give way


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
    ended_at = models.DateTimeField(null=True, help_text="When it really ended.")
    asks = models.PositiveSmallIntegerField(default=0, help_text="How often its outcome was asked.")
    next_ask_at = models.DateTimeField(null=True, help_text="When its outcome is asked for next.")
    minutes = models.PositiveIntegerField(default=45)
    window_from = models.DateTimeField(null=True)
    window_until = models.DateTimeField(null=True)
    first_starts_at = models.DateTimeField(null=True, help_text="The slot first agreed.")
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    zone = models.CharField(max_length=60, default="Europe/Amsterdam", validators=[check_zone])
    wall = models.CharField(
        max_length=16, blank=True, help_text="The wall time agreed in that zone: 2026-11-24T09:00."
    )
    kind = models.ForeignKey(MeetingKind, models.PROTECT, null=True, blank=True, related_name="+")
    priority = models.CharField(max_length=6, choices=Priority, default=Priority.NORMAL)
    mode = models.CharField(max_length=6, choices=Mode, default=Mode.VIDEO)
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField(max_length=200, blank=True)
    video_url = models.URLField(max_length=500, blank=True)
    before_minutes = models.PositiveSmallIntegerField(default=0, help_text="Way there, or buffer.")
    after_minutes = models.PositiveSmallIntegerField(default=0, help_text="Way back, or buffer.")
    agenda = models.TextField(blank=True)
    goals = models.TextField(blank=True)
    notes = models.TextField(blank=True, help_text="What was said in it; written afterwards.")
    summary = models.TextField(
        blank=True, db_default="", help_text="What its guests are told of it; written afterwards."
    )
    next_tasks = ArrayField(
        models.BigIntegerField(), default=list, blank=True, db_default=[],
        help_text="Tasks that were agreed in it, by key.",
    )  # fmt: skip
    follow_up_at = models.DateTimeField(
        null=True, help_text="When the guests are asked how it goes on."
    )
    series = models.ForeignKey(
        Series, models.PROTECT, null=True, blank=True, related_name="meetings"
    )
    series_at = models.DateTimeField(
        null=True, blank=True, help_text="When the rule of its series puts it (RECURRENCE-ID)."
    )
    reschedules = models.PositiveSmallIntegerField(default=0)
    touches = models.PositiveSmallIntegerField(default=0)
    uid = models.CharField(max_length=200, unique=True)
    sequence = models.PositiveIntegerField(default=0)
    slot_sequence = models.PositiveIntegerField(
        default=0, db_default=0, help_text="SEQUENCE since which it is at this time."
    )
    organizer = models.EmailField(
        blank=True,
        db_default="",
        help_text="Whom calendars answer; it stays, or updates are refused.",
    )
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
            ),
            models.UniqueConstraint(
                fields=["series", "series_at"],
                condition=Q(series__isnull=False),
                name="meetings_meeting_once_in_series",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at"], name="meetings_meeting_starts"),
            models.Index(
                fields=["starts_at", "id"],
                name="meetings_meeting_booked",
                condition=Q(status="booked"),
            ),
            models.Index(
                fields=["next_ask_at"],
                name="meetings_meeting_to_ask",
                condition=Q(next_ask_at__isnull=False),
            ),
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
        TENTATIVE = "tentative", "Maybe"
        DELEGATED = "delegated", "Sends somebody else"

    class Way(models.TextChoices):
        MAIL = "mail", "By their calendar"
        LINK = "link", "By their link"
        PAGE = "page", "On a booking page"
        DESK = "desk", "By the desk"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendees")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.REQUIRED)
    reply = models.CharField(max_length=10, choices=Reply.choices, default=Reply.NONE)
    replied_at = models.DateTimeField(null=True)
    replied_by = models.CharField(max_length=6, choices=Way.choices, blank=True)
    replied_stamp = models.DateTimeField(null=True, help_text="DTSTAMP of the calendar's answer.")
    replied_sequence = models.PositiveIntegerField(default=0)
    reply_note = models.CharField(max_length=300, blank=True)
    late_reply = models.CharField(
        max_length=10, choices=Reply.choices, blank=True, db_default="",
        help_text="What was answered to a time that it is not at any more.",
    )  # fmt: skip
    delegated_to = models.EmailField(blank=True, db_default="", help_text="Who comes instead.")
    zone = models.CharField(max_length=60, blank=True, validators=[check_zone])
    hours_from = models.TimeField(null=True, blank=True, help_text="Preferred, in that zone.")
    hours_until = models.TimeField(null=True, blank=True)
    language = models.CharField(max_length=5, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "user"],
                condition=Q(user__isnull=False),
                name="meetings_attendee_once",
            )
        ]
        indexes = [
            models.Index(Upper("email"), name="meetings_attendee_guests", condition=Q(role="guest"))
        ]

    def __str__(self) -> str:
        return self.name


class Move(models.Model):
    """One step of a meeting's chain: to another time, or to another host; who, on which side, why."""

    class Side(models.TextChoices):
        US = "us", "We"
        GUEST = "guest", "The guest"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="moves")
    at = models.DateTimeField()
    from_starts_at = models.DateTimeField()
    to_starts_at = models.DateTimeField()
    from_host = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    to_host = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    side = models.CharField(max_length=5, choices=Side)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    attendee = models.ForeignKey(Attendee, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["meeting", "at"], name="meetings_move_chain")]

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.from_starts_at} to {self.to_starts_at}"
