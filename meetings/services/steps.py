"""What every service of meetings does alike: lock, write down."""

from datetime import datetime
from typing import Any

from journal import services as journal
from meetings.models import Meeting
from people.models import User


def lock(meeting: Meeting) -> None:
    """Wait until nobody else changes it, and read it again."""
    meeting.refresh_from_db(from_queryset=Meeting.objects.select_for_update())


def record(verb: str, meeting: Meeting, *, by: User | None, at: datetime, **data: Any) -> None:
    journal.record(
        f"meetings.meeting.{verb}", meeting, by=by, at=at, account_id=meeting.account_id, data=data
    )
