"""Changing what a meeting is like, and who comes; everybody whose calendar holds it is told."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from crm.models import Contact
from meetings.invitations import News
from meetings.models import Attendee, IllegalMove, Meeting, Status
from meetings.services import replies, steps, taking
from meetings.services.asking import MOST_ATTENDEES, check_length
from meetings.services.refusals import BadMeeting
from meetings.services.telling import tell
from people.models import User

FIELDS: Final = frozenset({
    "title", "minutes", "window_from", "window_until", "priority", "mode", "room", "place",
    "video_url", "agenda", "goals", "before_minutes", "after_minutes",
})  # fmt: skip
# What stands in the calendars of those who come; the rest is ours.
TOLD: Final = frozenset({"title", "minutes", "mode", "room", "place", "video_url", "agenda"})
TAKES_TIME: Final = frozenset({"minutes", "room", "before_minutes", "after_minutes"})


@transaction.atomic
def change(meeting: Meeting, *, by: User, at: datetime, **fields: Any) -> list[str]:
    """Set `fields`; a booked meeting takes its time anew where that matters. Returns what changed.

    :raises BadMeeting: for a length that cannot be, or a window shorter than it.
    :raises SlotTaken: if it was made longer, or put in a room, and that is not free.
    :raises IllegalMove: if it is over or cancelled.
    """
    steps.lock(meeting)
    _must_be_open(meeting)
    if not set(fields) <= FIELDS:
        raise ValueError(f"Not to be changed: {sorted(set(fields) - FIELDS)}")
    changed = sorted(name for name, value in fields.items() if getattr(meeting, name) != value)
    for name in changed:
        setattr(meeting, name, fields[name])
    _check(meeting)
    if not changed:
        return []
    _settle(meeting, set(changed), at=at)
    steps.record("changed", meeting, by=by, at=at, fields=changed)
    return changed


def _must_be_open(meeting: Meeting) -> None:
    if meeting.status not in {Status.REQUESTED, Status.BOOKED}:
        raise IllegalMove(f"This meeting is {Status(meeting.status).label.lower()}.")


def _check(meeting: Meeting) -> None:
    check_length(meeting.minutes)
    first, last = meeting.window_from, meeting.window_until
    if first and last and last - first < timedelta(minutes=meeting.minutes):
        raise BadMeeting("The window is too short for the meeting.")


def _settle(meeting: Meeting, changed: set[str], *, at: datetime) -> None:
    """Save; take the time of a booked meeting anew, and tell those who have it in their calendars."""
    booked = meeting.status == Status.BOOKED and meeting.starts_at is not None
    if booked and meeting.starts_at is not None:
        meeting.ends_at = meeting.starts_at + timedelta(minutes=meeting.minutes)
        meeting.sequence += int(bool(changed & TOLD))
    meeting.save()
    if booked and changed & TAKES_TIME:
        taking.take(meeting, at=at)
    if booked and changed & TOLD:
        tell(meeting, "REQUEST", at=at)


@transaction.atomic
def add_colleague(
    meeting: Meeting, *, user: User, required: bool, by: User, at: datetime
) -> Attendee:
    """Somebody of ours comes too; a booked meeting takes their time.

    :raises BadMeeting: if they come already, have left, or there are too many.
    :raises SlotTaken: if they must come and are not free.
    """
    steps.lock(meeting)
    _must_be_open(meeting)
    _room_for_one_more(meeting)
    if not user.is_active or meeting.attendees.filter(user=user).exists():
        raise BadMeeting(f"{user.get_full_name()} comes already, or does not work here any more.")
    role = Attendee.Role.REQUIRED if required else Attendee.Role.OPTIONAL
    row = Attendee.objects.create(
        meeting=meeting, user=user, name=user.get_full_name(), email=user.email, role=role
    )
    _joined(meeting, row, by=by, at=at)
    return row


@transaction.atomic
def add_guest(meeting: Meeting, *, name: str, email: str, by: User, at: datetime) -> Attendee:
    """Somebody from outside comes too.

    :raises BadMeeting: if that address comes already, or there are too many.
    """
    steps.lock(meeting)
    _must_be_open(meeting)
    _room_for_one_more(meeting)
    if meeting.attendees.filter(email__iexact=email).exists():
        raise BadMeeting(f"{email} comes already.")
    contact = Contact.objects.filter(email__iexact=email).order_by("pk").first()
    row = Attendee.objects.create(
        meeting=meeting, contact=contact, name=name[:200], email=email, role=Attendee.Role.GUEST,
        zone=contact.zone if contact else "",
    )  # fmt: skip
    _joined(meeting, row, by=by, at=at)
    return row


def _room_for_one_more(meeting: Meeting) -> None:
    if meeting.attendees.count() >= MOST_ATTENDEES:
        raise BadMeeting(f"At most {MOST_ATTENDEES} people can be invited.")


def _joined(meeting: Meeting, row: Attendee, *, by: User, at: datetime) -> None:
    if meeting.status == Status.BOOKED:
        meeting.sequence += 1
        meeting.save(update_fields=["sequence"])
        if row.role == Attendee.Role.REQUIRED:
            taking.take(meeting, at=at)
        if row.user is not None:
            replies.accept_inside(meeting, at=at, only=row.user)
        tell(meeting, "REQUEST", at=at, news=News.INVITATION, to=[row])  # the others have it
    steps.record("joined", meeting, by=by, at=at, attendee=row.name, role=row.role)


@transaction.atomic
def remove_person(attendee: Attendee, *, by: User, at: datetime) -> None:
    """Somebody does not come any more; their time is free.

    :raises BadMeeting: for the host: another host must be found first.
    :raises IllegalMove: if it is over or cancelled.
    """
    meeting = attendee.meeting
    steps.lock(meeting)
    _must_be_open(meeting)
    if attendee.user_id == meeting.host_id:
        raise BadMeeting("Give the meeting to another host first.")
    name = attendee.name
    if meeting.status == Status.BOOKED:
        meeting.sequence += 1
        meeting.save(update_fields=["sequence"])
        tell(meeting, "CANCEL", at=at, news=News.GONE, to=[attendee])
    attendee.delete()
    if meeting.status == Status.BOOKED:
        taking.take(meeting, at=at)
        replies.agree(meeting, at=at)
    steps.record("left", meeting, by=by, at=at, attendee=name)
