"""Invitations that calendar programs accept (RFC 5545 and 5546), and the words around them."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from meetings.models import Attendee, Meeting

ROLES = {
    Attendee.Role.REQUIRED: "REQ-PARTICIPANT",
    Attendee.Role.OPTIONAL: "OPT-PARTICIPANT",
    Attendee.Role.GUEST: "REQ-PARTICIPANT",
}
REPLIES = {"none": "NEEDS-ACTION", "accepted": "ACCEPTED", "declined": "DECLINED"}


def calendar(meeting: Meeting, people: Sequence[Attendee], *, method: str, at: datetime) -> str:
    """The iCalendar text: one VEVENT with its VTIMEZONE, on the meeting's wall clock."""
    if meeting.starts_at is None or meeting.ends_at is None:
        raise ValueError("An invitation needs a slot.")
    zone = ZoneInfo(meeting.zone)
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", at)
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("dtend", meeting.ends_at.astimezone(zone))
    event.add("summary", meeting.title)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    if meeting.place:
        event.add("location", meeting.place)
    if meeting.agenda:
        event.add("description", meeting.agenda)
    event["organizer"] = _address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1], "Sales desk")
    for person in people:
        if person.email:
            event.add("attendee", _attendee(person, method), encode=False)
    whole = Calendar()
    whole.add("prodid", "-//Sales coordination portal//EN")
    whole.add("version", "2.0")
    whole.add("method", method)
    whole.add_component(event)
    whole.add_missing_timezones()
    return str(whole.to_ical().decode())


def _address(email: str, name: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(name)
    return address


def _attendee(person: Attendee, method: str) -> vCalAddress:
    address = _address(person.email, person.name)
    address.params["ROLE"] = vText(ROLES[Attendee.Role(person.role)])
    address.params["PARTSTAT"] = vText(REPLIES[person.reply])
    address.params["RSVP"] = vText("FALSE" if method == "CANCEL" else "TRUE")
    return address


def subject(meeting: Meeting, method: str) -> str:
    """What the mail is called."""
    if method == "CANCEL":
        return f"Cancelled: {meeting.title}"
    return f"{'New time' if meeting.sequence else 'Invitation'}: {meeting.title}"


def body(meeting: Meeting, person: Attendee, method: str) -> str:
    """The words of the mail, in markdown, with the time on the meeting's clock."""
    starts = meeting.starts_at.astimezone(ZoneInfo(meeting.zone)) if meeting.starts_at else None
    when = f"{starts:%A %d %B %Y, %H:%M} ({meeting.zone.replace('_', ' ')})" if starts else ""
    if method == "CANCEL":
        return f"Hello {person.name},\n\n**{meeting.title}** on {when} is cancelled."
    place = f"\n\nWhere: {meeting.place}" if meeting.place else ""
    return (
        f"Hello {person.name},\n\nyou are invited to **{meeting.title}**, "
        f"{meeting.minutes} minutes.\n\nWhen: {when}{place}\n\nAccept or decline in your calendar."
    )
