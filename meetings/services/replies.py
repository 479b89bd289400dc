"""What attendees answer, by whatever way it comes."""

from datetime import datetime

from django.db import transaction

from meetings.models import Attendee, Meeting
from meetings.services import steps
from people.models import User


@transaction.atomic
def take_reply(
    attendee: Attendee, *, reply: str, by: User | None, at: datetime,
    way: Attendee.Way = Attendee.Way.DESK, note: str = "",
) -> None:  # fmt: skip
    """An attendee accepted, declined or is not sure."""
    meeting = attendee.meeting
    steps.lock(meeting)
    Attendee.objects.filter(pk=attendee.pk).update(
        reply=reply, replied_at=at, replied_by=way, reply_note=note[:300]
    )
    agree(meeting, at=at)
    steps.record("replied", meeting, by=by, at=at, attendee=attendee.name, reply=reply, way=way)


def agree(meeting: Meeting, *, at: datetime) -> None:
    """Once all who must come have accepted, the time to schedule ends; it never runs again."""
    if meeting.agreed_at is not None or meeting.starts_at is None:
        return
    waiting = meeting.attendees.exclude(role=Attendee.Role.OPTIONAL)
    if not waiting.exclude(reply=Attendee.Reply.ACCEPTED).exists():
        meeting.agreed_at = at
        meeting.save(update_fields=["agreed_at"])
