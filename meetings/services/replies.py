"""What attendees answer, by whatever way it comes, and what follows from it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from comms.pages import subject_page
from meetings.models import Attendee, BookingRules, Meeting, Status
from meetings.services import steps
from meetings.services.telling import coordinator_of
from notices import services as notices
from people.models import User

Reply = Attendee.Reply
# Two answers of one calendar with one DTSTAMP: the same one counts, whatever order they come in.
RANK: Final = {Reply.ACCEPTED: 1, Reply.TENTATIVE: 2, Reply.DELEGATED: 3, Reply.DECLINED: 4}
STALE: Final = "stale"  # it answers a time that the meeting is not at any more
OLDER: Final = "older"  # a later answer is known already
TAKEN: Final = "taken"


@dataclass(frozen=True)
class Answer:
    """What a calendar said: `sequence` of the invitation that it answers, `stamp` its DTSTAMP."""

    reply: str
    sequence: int
    stamp: datetime
    note: str = ""


@transaction.atomic
def take_reply(
    attendee: Attendee, *, reply: str, by: User | None, at: datetime,
    way: Attendee.Way = Attendee.Way.DESK, note: str = "",
) -> None:  # fmt: skip
    """An attendee accepted, declined or is not sure; said now, so it counts over all before it."""
    meeting = attendee.meeting
    steps.lock(meeting)
    _keep(attendee, Answer(reply, meeting.sequence, at, note), meeting, way=way, by=by, at=at)


@transaction.atomic
def take_answer(attendee: Attendee, answer: Answer, *, at: datetime) -> str:
    """What a calendar answered by mail; returns TAKEN, STALE or OLDER.

    An answer to an earlier time never counts for the present one: it is kept and shown as that. Of
    two the one with the higher SEQUENCE, then the later DTSTAMP, counts (RFC 5546, 2.1.5),
    whatever order they come in. A clock that runs ahead is taken as `at`.
    """
    meeting = attendee.meeting
    steps.lock(meeting)
    attendee.refresh_from_db(from_queryset=Attendee.objects.select_related("user", "contact"))
    attendee.meeting = meeting
    answer = Answer(answer.reply, answer.sequence, min(answer.stamp, at), answer.note)
    if answer.sequence < meeting.slot_sequence or meeting.starts_at is None:
        attendee.late_reply = answer.reply
        attendee.save(update_fields=["late_reply"])
        _record(attendee, meeting, answer.reply, Attendee.Way.MAIL, by=None, at=at, stale=True)
        return STALE
    if _older(answer, attendee):
        return OLDER
    _keep(attendee, answer, meeting, way=Attendee.Way.MAIL, by=None, at=at)
    return TAKEN


def _older(answer: Answer, attendee: Attendee) -> bool:
    """Whether what is kept came after it. What the desk assumed has no stamp: any answer beats it."""
    if attendee.replied_stamp is None:
        return False
    kept = (attendee.replied_sequence, attendee.replied_stamp, RANK.get(Reply(attendee.reply), 0))
    return (answer.sequence, answer.stamp, RANK.get(Reply(answer.reply), 0)) <= kept


def _keep(
    attendee: Attendee, answer: Answer, meeting: Meeting, *, way: Attendee.Way, by: User | None,
    at: datetime,
) -> None:  # fmt: skip
    Attendee.objects.filter(pk=attendee.pk).update(
        reply=answer.reply, replied_at=at, replied_by=way, reply_note=answer.note[:300],
        replied_stamp=answer.stamp, replied_sequence=answer.sequence, late_reply="",
    )  # fmt: skip
    attendee.reply = answer.reply
    agree(meeting, at=at)
    if answer.reply == Reply.DECLINED and attendee.role != Attendee.Role.OPTIONAL:
        tell_coordinator(
            meeting, key=f"declined:{attendee.pk}:{meeting.sequence}", at=at, note=answer.note,
            subject=f"{attendee.name} declined: {meeting.title}", besides=by,
        )  # fmt: skip
    _record(attendee, meeting, answer.reply, way, by=by, at=at)


def _record(
    attendee: Attendee, meeting: Meeting, reply: str, way: str, *, by: User | None, at: datetime,
    stale: bool = False,
) -> None:  # fmt: skip
    verb = "replied_late" if stale else "replied"
    steps.record(verb, meeting, by=by, at=at, attendee=attendee.name, reply=reply, way=way)


def tell_coordinator(
    meeting: Meeting, *, key: str, subject: str, at: datetime, note: str = "",
    besides: User | None = None,
) -> None:  # fmt: skip
    """Whoever looks after a meeting hears that it needs her, once for each key."""
    person = coordinator_of(meeting)
    if besides is not None and besides.pk == person.pk:
        return
    notices.tell(
        person, kind="meeting", key=f"meeting:{meeting.pk}:{key}", subject=subject, at=at,
        about=meeting, body="\n".join(f"> {line}" for line in note[:1500].splitlines()),
        link=subject_page("meetings.meeting", meeting.pk),
    )  # fmt: skip


def accept_inside(meeting: Meeting, *, at: datetime, only: User | None = None) -> None:
    """Colleagues whose desk answers for them have accepted, until they say otherwise."""
    refuse = BookingRules.objects.filter(desk_accepts=False).values("user")
    inside = meeting.attendees.filter(user__isnull=False).exclude(user__in=refuse)
    if only is not None:
        inside = inside.filter(user=only)
    inside.update(reply=Reply.ACCEPTED, replied_at=at, replied_by=Attendee.Way.DESK)


def agree(meeting: Meeting, *, at: datetime) -> None:
    """Once all who must come have accepted, the time to schedule ends; it never runs again."""
    if meeting.agreed_at is not None or meeting.starts_at is None:
        return
    waiting = meeting.attendees.exclude(role=Attendee.Role.OPTIONAL)
    if not waiting.exclude(reply__in=[Reply.ACCEPTED, Reply.DELEGATED]).exists():
        meeting.agreed_at = at
        meeting.save(update_fields=["agreed_at"])


def needs_another_time(meeting: Meeting) -> bool:
    """Whether somebody who must come cannot, while it is still booked."""
    if meeting.status != Status.BOOKED:
        return False
    must = meeting.attendees.exclude(role=Attendee.Role.OPTIONAL)
    return must.filter(reply=Reply.DECLINED).exists()
