"""Taking the time of colleagues and rooms: one after the other, and the database has the last word."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from meetings.models import Attendee, Booking, Meeting, Proposal
from meetings.services.refusals import SlotTaken

PERSON: Final = 1_001  # the spaces of advisory locks for the time of people and of rooms
ROOM: Final = 1_002
Span = tuple[datetime, datetime]


def who_must_come(meeting: Meeting) -> list[int]:
    """Primary keys of the colleagues whose time a booking takes, in order."""
    required = meeting.attendees.filter(user__isnull=False, role=Attendee.Role.REQUIRED)
    return sorted(pk for pk in required.values_list("user_id", flat=True) if pk is not None)


def wait_for(people: Iterable[int], room: int | None = None) -> None:
    """Whoever books the same people goes one after the other, in the order of their keys.

    Two inserts that wait for each other at the exclusion constraint would be a deadlock.
    """
    keys = [(PERSON, pk) for pk in sorted(set(people))] + ([(ROOM, room)] if room else [])
    with connection.cursor() as sql:
        for space, pk in keys:
            sql.execute("SELECT pg_advisory_xact_lock(%s, %s)", [space, pk % 2**31])


def take(meeting: Meeting, *, at: datetime) -> None:
    """Book everybody who must come, and the room; the meeting's own bookings and holds give way.

    :raises SlotTaken: if somebody, or the room, is not free (the database decides).
    """
    people = who_must_come(meeting)
    wait_for(people, meeting.room_id)
    release(meeting)
    if meeting.starts_at is None or meeting.ends_at is None:
        raise ValueError("A booking needs a slot.")
    _insert(meeting, people, [(meeting.starts_at, meeting.ends_at)], at=at)


def hold(
    meeting: Meeting, spans: Sequence[Span], *, until: datetime, proposal: Proposal, at: datetime
) -> None:
    """Keep several times free for a while, for everybody who must come (rooms are not held).

    :raises SlotTaken: if one of them is not free.
    """
    people = who_must_come(meeting)
    wait_for(people)
    _insert(meeting, people, spans, at=at, until=until, proposal=proposal)


def take_many(meetings: Sequence[Meeting], *, at: datetime) -> None:
    """Book several meetings in one statement, in place of what they had; their people and rooms are
    waited for by the caller (`wait_for`).

    :raises SlotTaken: if anybody, or a room, is not free at one of them.
    """
    required = Attendee.objects.filter(
        meeting__in=[one.pk for one in meetings], user__isnull=False, role=Attendee.Role.REQUIRED
    )
    people: dict[int, list[int]] = {}
    for meeting_id, user_id in required.values_list("meeting_id", "user_id"):
        people.setdefault(meeting_id, []).append(user_id or 0)
    _forget_holds({pk for several in people.values() for pk in several}, at)
    Booking.objects.filter(meeting__in=[one.pk for one in meetings]).delete()
    rows = []
    for one in meetings:
        taken = {
            "meeting": one, "label": one.title, "before_minutes": one.before_minutes,
            "after_minutes": one.after_minutes, "during": DateTimeTZRange(one.starts_at, one.ends_at),
        }  # fmt: skip
        rows += [Booking(user_id=pk, **taken) for pk in people.get(one.pk, [])]
        rows += [Booking(room_id=one.room_id, **taken)] if one.room_id else []
    _create(rows)


def release(meeting: Meeting) -> None:
    """Give back all time that the meeting has taken or holds: what was offered is offered no more."""
    Booking.objects.filter(meeting=meeting).delete()
    running = Proposal.objects.filter(meeting=meeting, state=Proposal.State.OPEN)
    running.update(state=Proposal.State.WITHDRAWN)


def _insert(
    meeting: Meeting, people: Sequence[int], spans: Sequence[Span], *, at: datetime,
    until: datetime | None = None, proposal: Proposal | None = None,
) -> None:  # fmt: skip
    _forget_holds(people, at)
    common = {
        "meeting": meeting, "label": meeting.title, "before_minutes": meeting.before_minutes,
        "after_minutes": meeting.after_minutes, "hold_until": until, "proposal": proposal,
    }  # fmt: skip
    during = [DateTimeTZRange(start, end) for start, end in spans]
    rows = [Booking(user_id=pk, during=span, **common) for pk in people for span in during]
    if meeting.room_id is not None and until is None:
        rows += [Booking(room_id=meeting.room_id, during=span, **common) for span in during]
    _create(rows)


def _create(rows: Sequence[Booking]) -> None:
    try:
        with transaction.atomic():
            Booking.objects.bulk_create(rows)
    except IntegrityError as clash:
        if "meetings_booking_room_never_double" in str(clash):
            raise SlotTaken(
                "The room is no longer free then. Choose another room or time."
            ) from clash
        if "meetings_booking_never_double" not in str(clash):
            raise
        raise SlotTaken(
            "Somebody who must come is no longer free then. Choose another time."
        ) from clash


def _forget_holds(people: Collection[int], at: datetime) -> None:
    """Holds that ran out count for nobody; who comes to take the time clears them away."""
    Booking.objects.filter(user__in=people, hold_until__lte=at).delete()
