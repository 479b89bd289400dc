"""Owing everybody the invitation."""

from collections.abc import Collection
from datetime import datetime

from comms import services as comms
from meetings import invitations
from meetings.models import Meeting


def tell(
    meeting: Meeting, method: str, *, at: datetime, only: Collection[int] | None = None
) -> None:
    """Owe everybody the invitation (or its cancellation), once per sequence.

    :param only: attendees who are told; all by default.
    """
    people = list(meeting.attendees.select_related("user", "contact").order_by("pk"))
    if only is not None:
        people = [one for one in people if one.pk in only]
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
