"""Booking a meeting, moving it, giving it to another host, calling it off: one chain."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from meetings.invitations import News
from meetings.models import Attendee, Meeting, Move, Outcome, Room, Status
from meetings.services import asking_outcome, preparing, replies, steps, taking
from meetings.services.refusals import BadMeeting
from meetings.services.telling import tell
from people.models import User

LATE_NOTICE: Final = timedelta(hours=24)
FARTHEST: Final = timedelta(days=2 * 366)


@dataclass(frozen=True)
class Actor:
    """Who acts on a meeting: a colleague, or one of its guests by a link, a page or a mail."""

    by: User | None = None
    guest: Attendee | None = None

    @property
    def side(self) -> Move.Side:
        return Move.Side.GUEST if self.guest else Move.Side.US


@transaction.atomic
def book(
    meeting: Meeting, *, starts_at: datetime, by: User | None, at: datetime,
    guest: Attendee | None = None, way: Attendee.Way = Attendee.Way.LINK, reason: str = "",
    room: Room | None = None,
) -> None:  # fmt: skip
    """Take everybody's time and send the invitation; a second time moves the meeting.

    The first slot agreed is kept for good; each later one is a Move with who and why.

    :param guest: who chose the time, if a guest did, by `way`: that counts as her acceptance.
    :raises SlotTaken: if somebody who must come is not free (the database decides).
    :raises BadMeeting: for a slot that has passed, or is more than two years away.
    :raises IllegalMove: if the meeting is over or cancelled.
    """
    steps.lock(meeting)
    _check(starts_at, at)
    before = meeting.starts_at if meeting.status == Status.BOOKED else None
    meeting.move(Status.BOOKED)
    set_slot(meeting, starts_at)
    meeting.room = room or meeting.room
    meeting.scheduled_by = by or meeting.scheduled_by
    meeting.touches += 1
    if before is not None:
        _write_move(meeting, before, meeting.host_id, Actor(by, guest), at=at, reason=reason)
    asking_outcome.plan_asking(meeting)
    meeting.save()
    taking.take(meeting, at=at)
    preparing.plan(meeting, at=at)
    _reset_replies(meeting, guest, way, at=at)
    tell(meeting, "REQUEST", at=at)
    verb = "rescheduled" if before is not None else "booked"
    side = Actor(by, guest).side.value
    steps.record(
        verb, meeting, by=by, at=at, starts_at=starts_at.isoformat(), side=side, reason=reason[:300]
    )


def set_slot(meeting: Meeting, starts_at: datetime) -> None:
    """Put it there, with the wall time that people agreed on."""
    meeting.starts_at, meeting.ends_at = starts_at, starts_at + timedelta(minutes=meeting.minutes)
    meeting.first_starts_at = meeting.first_starts_at or starts_at
    meeting.wall = f"{starts_at.astimezone(ZoneInfo(meeting.zone)):%Y-%m-%dT%H:%M}"


def _check(starts_at: datetime, at: datetime) -> None:
    if starts_at < at - timedelta(minutes=1):
        raise BadMeeting("That time has passed.")
    if starts_at > at + FARTHEST:
        raise BadMeeting("That is too far away. Choose a time within two years.")


def _write_move(
    meeting: Meeting, before: datetime, host_before: int, actor: Actor, *, at: datetime, reason: str
) -> None:
    """One step of the chain; calendars take the new state by its higher SEQUENCE."""
    meeting.sequence += 1
    if meeting.starts_at is None:
        raise ValueError("A move needs a slot.")
    if meeting.starts_at != before:
        meeting.reschedules += 1
        meeting.slot_sequence = meeting.sequence
    Move.objects.create(
        meeting=meeting, at=at, from_starts_at=before, to_starts_at=meeting.starts_at,
        from_host_id=host_before, to_host_id=meeting.host_id, side=actor.side, by=actor.by,
        attendee=actor.guest, reason=reason[:300],
    )  # fmt: skip


def _reset_replies(
    meeting: Meeting, guest: Attendee | None, way: Attendee.Way, *, at: datetime
) -> None:
    """Who accepted the old time was not asked about the new one. Colleagues whose desk answers for
    them have accepted; so has the guest who chose the time."""
    meeting.attendees.exclude(reply=Attendee.Reply.DELEGATED).update(
        reply=Attendee.Reply.NONE, replied_at=None, replied_by="", reply_note="",
        replied_stamp=None, late_reply="",
    )  # fmt: skip
    replies.accept_inside(meeting, at=at)
    if guest is not None:
        meeting.attendees.filter(pk=guest.pk).update(
            reply=Attendee.Reply.ACCEPTED, replied_at=at, replied_by=way
        )
    replies.agree(meeting, at=at)


@transaction.atomic
def reassign(meeting: Meeting, *, host: User, by: User, at: datetime, reason: str) -> None:
    """Give it to another host: the old one's time is free, all parties are told.

    :raises BadMeeting: without a reason, to nobody else, or to somebody who has left.
    :raises SlotTaken: if the new host is not free at its time.
    :raises IllegalMove: if it is over or cancelled.
    """
    steps.lock(meeting)
    if not reason.strip():
        raise BadMeeting("Say why: everybody who comes will read it.")
    if host.pk == meeting.host_id or not host.is_active:
        raise BadMeeting("Choose somebody else who works here.")
    meeting.move(Status(meeting.status))
    old, meeting.host = meeting.host, host
    gone = list(meeting.attendees.filter(user=old).select_related("user", "contact"))
    meeting.attendees.filter(user=old).delete()
    Attendee.objects.update_or_create(
        meeting=meeting, user=host,
        defaults={"name": host.get_full_name(), "email": host.email, "role": "required"},
    )  # fmt: skip
    if meeting.starts_at is not None:
        _write_move(meeting, meeting.starts_at, old.pk, Actor(by), at=at, reason=reason)
        taking.take(meeting, at=at)
        replies.accept_inside(meeting, at=at, only=host)
        tell(meeting, "REQUEST", at=at, news=News.CHANGED, reason=reason[:300])
        tell(meeting, "CANCEL", at=at, news=News.GONE, to=gone)
        asking_outcome.plan_asking(meeting)
        preparing.plan(meeting, at=at)
    meeting.save()
    steps.record(
        "reassigned", meeting, by=by, at=at, host=host.get_full_name(), reason=reason[:300],
        before=old.get_full_name(),
    )  # fmt: skip


@transaction.atomic
def cancel(
    meeting: Meeting, *, by: User | None, at: datetime, reason: str = "",
    guest: Attendee | None = None,
) -> None:  # fmt: skip
    """Call it off; within 24 hours of its start that is late.

    :raises IllegalMove: if it is over or cancelled already.
    """
    steps.lock(meeting)
    booked = meeting.status == Status.BOOKED
    meeting.move(Status.CANCELLED)
    late = booked and meeting.starts_at is not None and meeting.starts_at - at < LATE_NOTICE
    meeting.outcome = Outcome.CANCELLED_LATE if late else Outcome.CANCELLED_IN_TIME
    meeting.cancelled_at = meeting.outcome_at = at
    meeting.outcome_by, meeting.outcome_note = by, reason[:300]
    meeting.next_ask_at = None
    meeting.sequence += 1
    meeting.save()
    taking.release(meeting)
    preparing.drop(meeting)
    if booked:
        tell(meeting, "CANCEL", at=at)
    side = Actor(by, guest).side.value
    steps.record("cancelled", meeting, by=by, at=at, late=late, side=side, reason=reason[:300])
