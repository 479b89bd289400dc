"""Guests who send somebody else."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from comms.addresses import inbound_address
from crm.models import Contact
from meetings.invitations import News
from meetings.models import Attendee, Meeting
from meetings.services import replies, steps
from meetings.services.asking import MOST_ATTENDEES
from meetings.services.telling import is_booked, tell, tell_series


def why_not(meeting: Meeting, email: str) -> str:
    """Why nobody can be invited at an address; nothing if she can."""
    try:
        validate_email(email)
    except ValidationError:
        return "That is no mail address."
    if email.lower() == inbound_address().lower():
        return "That is the desk's own address."
    if meeting.attendees.filter(email__iexact=email).exists():
        return "Somebody with this address is invited already."
    if meeting.attendees.count() >= MOST_ATTENDEES:
        return f"At most {MOST_ATTENDEES} people can be invited."
    return ""


def _add(meeting: Meeting, name: str, email: str, role: str) -> Attendee:
    contact = Contact.objects.filter(email__iexact=email).order_by("pk").first()
    return Attendee.objects.create(
        meeting=meeting, contact=contact, name=(name or (contact.name if contact else email))[:200],
        email=email, role=role, zone=contact.zone if contact else "",
    )  # fmt: skip


@transaction.atomic
def delegate(rows: Sequence[Attendee], *, to: str, name: str, at: datetime) -> str:
    """A guest sends somebody else, to one meeting or to several of a series; the delegate is invited
    and the coordinator told. Returns why it cannot be, or nothing."""
    first = rows[0]
    if first.user_id is not None:
        return (
            f"{first.name} is a colleague and wants to send somebody else: change it on the page."
        )
    if first.delegated_to.lower() == to.lower() and to:
        return ""
    problem = "She sends somebody else a second time." if first.delegated_to else ""
    problem = problem or why_not(first.meeting, to)
    if problem:
        return f"{first.name} wants to send somebody else. {problem}"
    made = [_send_instead(row, to=to, name=name, at=at) for row in rows]
    series = first.meeting.series
    if series is not None and len(rows) > 1:
        tell_series(series, "REQUEST", at=at, news=News.INVITATION, to=made[:1])
    elif is_booked(first.meeting):
        tell(first.meeting, "REQUEST", at=at, news=News.INVITATION, to=made)
    return ""


def _send_instead(row: Attendee, *, to: str, name: str, at: datetime) -> Attendee:
    meeting = row.meeting
    steps.lock(meeting)
    row.delegated_to = to
    row.save(update_fields=["delegated_to"])
    made = _add(meeting, name, to, row.role)
    replies.tell_coordinator(
        meeting, key=f"delegated:{row.pk}", at=at,
        subject=f"{row.name} sends {made.name}: {meeting.title}",
    )  # fmt: skip
    steps.record("delegated", meeting, by=None, at=at, attendee=row.name, to=made.name)
    return made
