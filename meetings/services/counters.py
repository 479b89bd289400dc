"""Other times that attendees propose from their calendars: kept, then taken or refused by the desk."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from meetings.models import Attendee, Counter
from meetings.services import replies, steps
from meetings.services.asking import LONGEST_MINUTES
from meetings.services.booking import FARTHEST, book
from meetings.services.telling import refuse as refuse_by_mail
from people.models import User

SHORTEST_MINUTES: Final = 5


class NoTime(Exception):
    """What is proposed cannot be a meeting; the message is fit for people to read."""


class Settled(Exception):
    """Somebody was faster, or the attendee proposed something else since."""


@transaction.atomic
def propose(
    attendee: Attendee, *, starts_at: datetime, ends_at: datetime | None, stamp: datetime,
    note: str, at: datetime,
) -> Counter | None:  # fmt: skip
    """Keep it for the desk, in place of an earlier one of the same attendee; None if a later one
    is known.

    :raises NoTime: for a time that has passed, is too far away, or of an impossible length.
    """
    meeting = attendee.meeting
    steps.lock(meeting)
    ends_at = ends_at or starts_at + timedelta(minutes=meeting.minutes)
    minutes = (ends_at - starts_at) / timedelta(minutes=1)
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES or not at < starts_at < at + FARTHEST:
        raise NoTime("A time is proposed that cannot be: it has passed, or is far away or long.")
    if attendee.counters.filter(stamp__gt=stamp).exists():
        return None
    Counter.objects.filter(attendee=attendee, state=Counter.State.OPEN).update(
        state=Counter.State.REPLACED, settled_at=at
    )
    row = Counter.objects.create(
        meeting=meeting, attendee=attendee, starts_at=starts_at, ends_at=ends_at, note=note[:300],
        stamp=min(stamp, at), at=at,
    )  # fmt: skip
    replies.tell_coordinator(
        meeting, key=f"counter:{row.pk}", at=at, note=note,
        subject=f"{attendee.name} proposes another time: {meeting.title}",
    )  # fmt: skip
    steps.record(
        "countered", meeting, by=None, at=at, attendee=attendee.name,
        starts_at=starts_at.isoformat(),
    )  # fmt: skip
    return row


@transaction.atomic
def take(counter: Counter, *, by: User, at: datetime) -> None:
    """Move the meeting there; that is the guest's step in its chain, and her acceptance.

    :raises Settled: if it is not open any more.
    :raises SlotTaken: | :raises BadMeeting: | :raises IllegalMove: as `book` does.
    """
    meeting = counter.meeting
    steps.lock(meeting)
    _still_open(counter)
    meeting.minutes = round((counter.ends_at - counter.starts_at) / timedelta(minutes=1))
    meeting.save(update_fields=["minutes"])
    book(
        meeting, starts_at=counter.starts_at, by=by, at=at, guest=counter.attendee,
        way=Attendee.Way.MAIL, reason=counter.note,
    )  # fmt: skip
    _settle(counter, Counter.State.TAKEN, by=by, at=at)


@transaction.atomic
def refuse(counter: Counter, *, by: User, at: datetime, note: str = "") -> None:
    """Keep our time and say so (METHOD:DECLINECOUNTER).

    :raises Settled: if it is not open any more.
    """
    meeting = counter.meeting
    steps.lock(meeting)
    _still_open(counter)
    _settle(counter, Counter.State.REFUSED, by=by, at=at)
    refuse_by_mail(
        meeting, counter.attendee, key=f"counter:{counter.pk}:no", note=note[:300], at=at
    )
    steps.record("counter_refused", meeting, by=by, at=at, attendee=counter.attendee.name)


def _still_open(counter: Counter) -> None:
    counter.refresh_from_db(fields=["state"])
    if counter.state != Counter.State.OPEN:
        raise Settled(f"This proposal is {Counter.State(counter.state).label.lower()} already.")


def _settle(counter: Counter, state: Counter.State, *, by: User, at: datetime) -> None:
    counter.state, counter.settled_by, counter.settled_at = state, by, at
    counter.save(update_fields=["state", "settled_by", "settled_at"])
