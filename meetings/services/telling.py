"""Owing everybody the invitation."""

from datetime import datetime

from comms import services as comms
from meetings import invitations
from meetings.models import Meeting


def tell(meeting: Meeting, method: str, *, at: datetime) -> None:
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
