"""How a meeting went: unknown until somebody or something says so."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from meetings.models import IllegalMove, Meeting, Outcome, Status
from meetings.services import steps
from meetings.services.refusals import BadMeeting
from people.models import User

LONGEST_DELAY: Final = timedelta(hours=12)


@transaction.atomic
def confirm_outcome(
    meeting: Meeting, *, outcome: str, by: User, at: datetime,
    started_at: datetime | None = None, note: str = "",
) -> None:  # fmt: skip
    """Somebody says how it went; until then it is unknown, never held.

    :raises BadMeeting: before it was to begin, or for a beginning far from its time.
    :raises IllegalMove: unless it is booked.
    """
    steps.lock(meeting)
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
    meeting.next_ask_at = None
    meeting.save()
    steps.record("outcome", meeting, by=by, at=at, outcome=outcome)
