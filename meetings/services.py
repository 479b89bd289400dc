"""Everything that writes meetings: asked for, booked, moved, cancelled, replied to, confirmed."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from comms import services as comms
from crm.models import Account, Contact
from journal import services as journal
from meetings import invitations
from meetings.models import Attendee, Booking, IllegalMove, Meeting, Outcome, Status
from people.models import Team, User

LATE_NOTICE = timedelta(hours=24)
MOST_ATTENDEES = 50
LONGEST_MINUTES = 12 * 60
FARTHEST = timedelta(days=2 * 366)
BOOKING = 1_001  # the space of advisory locks for the time of people
LONGEST_DELAY = timedelta(hours=12)


class SlotTaken(Exception):
    """Somebody who must come is not free then; the message is fit for people to read."""


class BadMeeting(Exception):
    """The meeting cannot be as asked; the message is fit for people to read."""


@transaction.atomic
def request_meeting(
    *, title: str, account: Account | None, host: User, attendees: Sequence[int],
    guests: Sequence[dict[str, str]], minutes: int, window_from: datetime, window_until: datetime,
    by: User, at: datetime, team: Team | None = None, optional: Sequence[int] = (), place: str = "",
) -> Meeting:  # fmt: skip
    """Ask for a meeting of `minutes` within a window; nobody's time is taken yet.

    :param attendees: primary keys of the colleagues who must come.
    :param guests: name and email of people outside.
    :raises BadMeeting: for a window or length that cannot be, or nobody to come.
    """
    if not 5 <= minutes <= LONGEST_MINUTES:  # noqa: PLR2004 - minutes
        raise BadMeeting("A meeting lasts between five minutes and twelve hours.")
    if window_until - window_from < timedelta(minutes=minutes) or window_until <= at:
        raise BadMeeting("The window is too short for the meeting, or has passed.")
    inside = list(dict.fromkeys([*attendees, host.pk]))
    if len(inside) + len(optional) + len(guests) > MOST_ATTENDEES:
        raise BadMeeting(f"At most {MOST_ATTENDEES} people can be invited.")
    meeting = Meeting.objects.create(
        title=title[:200], account=account, host=host, scheduled_by=by, team=team, minutes=minutes,
        window_from=window_from, window_until=window_until, place=place[:200], zone=host.zone,
        uid=f"{uuid.uuid4()}@portal", requested_at=at,
    )  # fmt: skip
    _invite(meeting, inside, [pk for pk in optional if pk not in inside], guests)
    _record("requested", meeting, by=by, at=at, minutes=minutes)
    return meeting


def _invite(
    meeting: Meeting,
    required: Sequence[int],
    optional: Sequence[int],
    guests: Sequence[dict[str, str]],
) -> None:
    roles = {
        **dict.fromkeys(optional, Attendee.Role.OPTIONAL),
        **dict.fromkeys(required, Attendee.Role.REQUIRED),
    }
    people = User.objects.active().in_bulk(list(roles))
    missing = set(roles) - set(people)
    if missing:
        raise BadMeeting("Somebody on the list does not work here any more.")
    rows = [
        Attendee(
            meeting=meeting, user=user, name=user.get_full_name(), email=user.email, role=roles[pk]
        )
        for pk, user in people.items()
    ]
    for guest in guests:
        contact = (
            Contact.objects.filter(email__iexact=guest["email"]).first() if guest["email"] else None
        )
        rows.append(
            Attendee(
                meeting=meeting, contact=contact, name=guest["name"][:200], email=guest["email"],
                role=Attendee.Role.GUEST,
            )
        )  # fmt: skip
    Attendee.objects.bulk_create(rows)


@transaction.atomic
def book(meeting: Meeting, *, starts_at: datetime, by: User, at: datetime) -> None:
    """Take everybody's time and send the invitation; a second time moves the meeting.

    The first slot agreed is kept for good.

    :raises SlotTaken: if somebody who must come is not free (the database decides).
    :raises BadMeeting: for a slot that has passed, or is more than two years away.
    :raises IllegalMove: if the meeting is over or cancelled.
    """
    meeting.refresh_from_db(from_queryset=Meeting.objects.select_for_update())
    if starts_at < at - timedelta(minutes=1):
        raise BadMeeting("That time has passed.")
    if starts_at > at + FARTHEST:
        raise BadMeeting("That is too far away. Choose a time within two years.")
    moved = meeting.status == Status.BOOKED
    meeting.move(Status.BOOKED)
    meeting.starts_at, meeting.ends_at = starts_at, starts_at + timedelta(minutes=meeting.minutes)
    meeting.first_starts_at = meeting.first_starts_at or starts_at
    meeting.agreed_at = meeting.agreed_at or at
    meeting.scheduled_by = by
    meeting.touches += 1
    meeting.reschedules += int(moved)
    meeting.sequence += int(moved)
    meeting.save()
    if moved:  # who accepted the old time was not asked about the new one
        meeting.attendees.update(reply=Attendee.Reply.NONE)
    _take_time(meeting)
    _tell(meeting, "REQUEST", at=at)
    verb = "rescheduled" if moved else "booked"
    _record(verb, meeting, by=by, at=at, starts_at=starts_at.isoformat())


def _take_time(meeting: Meeting) -> None:
    """Bookings of the colleagues who must come; optional ones keep their time.

    Who books the same people goes one after the other, in the order of their keys: two inserts
    that wait for each other at the exclusion constraint would be a deadlock.
    """
    required = meeting.attendees.filter(user__isnull=False, role=Attendee.Role.REQUIRED)
    people = sorted(pk for pk in required.values_list("user_id", flat=True) if pk is not None)
    with connection.cursor() as sql:
        for pk in people:
            sql.execute("SELECT pg_advisory_xact_lock(%s, %s)", [BOOKING, pk % 2**31])
    Booking.objects.filter(meeting=meeting).delete()
    during = DateTimeTZRange(meeting.starts_at, meeting.ends_at)
    rows = [
        Booking(meeting=meeting, user_id=pk, during=during, label=meeting.title) for pk in people
    ]
    try:
        with transaction.atomic():
            Booking.objects.bulk_create(rows)
    except IntegrityError as clash:
        if "meetings_booking_never_double" not in str(clash):
            raise
        raise SlotTaken(
            "Somebody who must come is no longer free then. Choose another time."
        ) from clash


@transaction.atomic
def cancel(meeting: Meeting, *, by: User, at: datetime, reason: str = "") -> None:
    """Call it off; within 24 hours of its start that is late.

    :raises IllegalMove: if it is over or cancelled already.
    """
    meeting.refresh_from_db(from_queryset=Meeting.objects.select_for_update())
    booked = meeting.status == Status.BOOKED
    meeting.move(Status.CANCELLED)
    late = booked and meeting.starts_at is not None and meeting.starts_at - at < LATE_NOTICE
    meeting.outcome = Outcome.CANCELLED_LATE if late else Outcome.CANCELLED_IN_TIME
    meeting.cancelled_at = meeting.outcome_at = at
    meeting.outcome_by, meeting.outcome_note = by, reason[:300]
    meeting.sequence += 1
    meeting.save()
    Booking.objects.filter(meeting=meeting).delete()
    if booked:
        _tell(meeting, "CANCEL", at=at)
    _record("cancelled", meeting, by=by, at=at, late=late, reason=reason[:300])


@transaction.atomic
def take_reply(attendee: Attendee, *, reply: str, by: User | None, at: datetime) -> None:
    """An attendee accepted or declined."""
    Attendee.objects.filter(pk=attendee.pk).update(reply=reply)
    _record("replied", attendee.meeting, by=by, at=at, attendee=attendee.name, reply=reply)


@transaction.atomic
def confirm_outcome(
    meeting: Meeting, *, outcome: str, by: User, at: datetime,
    started_at: datetime | None = None, note: str = "",
) -> None:  # fmt: skip
    """Somebody says how it went; until then it is unknown, never held.

    :raises BadMeeting: before it was to begin, or for a beginning far from its time.
    :raises IllegalMove: unless it is booked.
    """
    meeting.refresh_from_db(from_queryset=Meeting.objects.select_for_update())
    if meeting.status != Status.BOOKED or meeting.starts_at is None:
        raise IllegalMove(f"This meeting is {Status(meeting.status).label.lower()}.")
    if at < meeting.starts_at:
        raise BadMeeting("It has not begun yet.")
    if started_at is not None and not abs(started_at - meeting.starts_at) <= LONGEST_DELAY:
        raise BadMeeting("It cannot have begun more than twelve hours from its time.")
    meeting.move(Status.DONE)
    meeting.outcome, meeting.outcome_by, meeting.outcome_at = outcome, by, at
    meeting.started_at = (started_at or meeting.starts_at) if outcome == Outcome.HELD else None
    meeting.outcome_note = note[:300]
    meeting.save()
    _record("outcome", meeting, by=by, at=at, outcome=outcome)


def _tell(meeting: Meeting, method: str, *, at: datetime) -> None:
    """Owe everybody the invitation (or its cancellation), once per sequence."""
    people = list(meeting.attendees.select_related("user", "contact").order_by("pk"))
    part = invitations.calendar(meeting, people, method=method, at=at)
    for person in people:
        if person.email:
            comms.owe_mail(
                key=f"meeting:{meeting.pk}:{meeting.sequence}:{method}:{person.pk}",
                recipient=person.email, recipient_name=person.name, contact=person.contact,
                user=person.user, about=meeting, due_at=at, at=at, calendar_method=method,
                calendar_part=part, subject=invitations.subject(meeting, method),
                body=invitations.body(meeting, person, method),
            )  # fmt: skip


def _record(verb: str, meeting: Meeting, *, by: User | None, at: datetime, **data: Any) -> None:
    journal.record(
        f"meetings.meeting.{verb}", meeting, by=by, at=at, account_id=meeting.account_id, data=data
    )
