"""One meeting as iCalendar: REQUEST, CANCEL and DECLINECOUNTER.

What must stand in each is in RFC 5546, 3.2; what programs want besides is said where it is added.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import Alarm, Calendar, Event, vCalAddress, vRecur, vText, vUri

from kit.prose import html_of
from meetings.invitations.zones import vtimezone
from meetings.models import Attendee, Meeting, Room

ROLES: Final = {
    Attendee.Role.REQUIRED: "REQ-PARTICIPANT",
    Attendee.Role.OPTIONAL: "OPT-PARTICIPANT",
    Attendee.Role.GUEST: "REQ-PARTICIPANT",
}
REPLIES: Final = {
    Attendee.Reply.NONE: "NEEDS-ACTION",
    Attendee.Reply.ACCEPTED: "ACCEPTED",
    Attendee.Reply.DECLINED: "DECLINED",
    Attendee.Reply.TENTATIVE: "TENTATIVE",
    Attendee.Reply.DELEGATED: "DELEGATED",
}
EARLY: Final = timedelta(minutes=15)
# Who reads which property for its own "Join" button.
JOIN: Final = {
    "meet.google.com": "X-GOOGLE-CONFERENCE",
    "teams.microsoft.com": "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "teams.live.com": "X-MICROSOFT-SKYPETEAMSMEETINGURL",
}


def calendar(
    meeting: Meeting, people: Sequence[Attendee], *, method: str, at: datetime,
    inside: bool = False, gone: bool = False, desk: str = "",
) -> str:  # fmt: skip
    """The iCalendar text of one meeting, or of one of a series (RECURRENCE-ID).

    :param desk: what the team that writes is called.
    :param inside: for a colleague: with a reminder, which guests set for themselves.
    :param gone: a CANCEL for `people` who come no more, of a meeting that takes place.
    """
    event = event_of(meeting, people, method=method, at=at, gone=gone, desk=desk)
    if inside and method == "REQUEST":
        event.add_component(reminder(meeting.title))
    return whole([event], meeting.zone, moments(meeting), method=method)


def declined_counter(
    meeting: Meeting, person: Attendee, *, at: datetime, note: str = "", desk: str = ""
) -> str:
    """The desk keeps its time (RFC 5546, 3.2.8)."""
    event = event_of(meeting, [person], method="DECLINECOUNTER", at=at, desk=desk)
    if note:
        event.add("comment", note)
    return whole([event], meeting.zone, moments(meeting), method="DECLINECOUNTER")


def moments(meeting: Meeting) -> list[datetime]:
    return [one for one in (meeting.starts_at, meeting.ends_at, meeting.series_at) if one]


def whole(events: Iterable[Event], zone: str, when: Sequence[datetime], *, method: str) -> str:
    """Events in their envelope, with the clock that they stand on."""
    found = Calendar()
    found.add("prodid", "-//Sales coordination portal//Meetings//EN")
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", method)
    found.add_component(vtimezone(ZoneInfo(zone), min(when), max(when)))
    for event in events:
        found.add_component(event)
    return str(found.to_ical().decode())


def event_of(
    meeting: Meeting, people: Sequence[Attendee], *, method: str, at: datetime, gone: bool = False,
    desk: str = "",
) -> Event:  # fmt: skip
    if meeting.starts_at is None or meeting.ends_at is None:
        raise ValueError("An invitation needs a slot.")
    zone = ZoneInfo(meeting.zone)
    event = Event()
    event.add("uid", uid_of(meeting))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", at.astimezone(UTC))
    if meeting.series_id is not None and meeting.series_at is not None:
        event.add("recurrence-id", meeting.series_at.astimezone(zone))
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("dtend", meeting.ends_at.astimezone(zone))
    event.add("summary", meeting.title)
    event["organizer"] = organizer(meeting, desk)
    for person in _once(people):
        event.add("attendee", _attendee(person, people, method), encode=False)
    if method != "DECLINECOUNTER":
        _say(event, meeting, method=method, at=at, gone=gone)
    return event


def uid_of(meeting: Meeting) -> str:
    """Meetings of a series are one thing in calendars."""
    return meeting.series.uid if meeting.series is not None else meeting.uid


def _say(event: Event, meeting: Meeting, *, method: str, at: datetime, gone: bool) -> None:
    """What people read, and what programs make of the time."""
    cancelled = method == "CANCEL"
    event.add("last-modified", at.astimezone(UTC))
    if not gone:  # RFC 5546, 3.2.5: it is not cancelled for the others
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("class", "PUBLIC")
    busy = "FREE" if cancelled else "BUSY"
    event.add("x-microsoft-cdo-busystatus", busy)
    if meeting.room is not None and not cancelled:
        event.add("attendee", _room(meeting.room, meeting), encode=False)
    where = place_of(meeting) or meeting.video_url
    if where:
        event.add("location", where)
    if meeting.video_url:
        _join(event, meeting.video_url)
    _describe(event, meeting)


def place_of(meeting: Meeting) -> str:
    """The room, with its site, and what was said about the place."""
    room = ", ".join(filter(None, (meeting.room.name, meeting.room.site))) if meeting.room else ""
    return "; ".join(filter(None, (meeting.place, room)))


def _describe(event: Event, meeting: Meeting) -> None:
    """The agenda, as text and as HTML (Outlook reads X-ALT-DESC). Goals are ours alone."""
    parts = [meeting.agenda.replace("\r\n", "\n").strip(), meeting.video_url]
    text = "\n\n".join(part for part in parts if part)
    if not text:
        return
    event.add("description", text)
    page = vText(f"<html><body>{html_of(text)}</body></html>".replace("\n", ""))
    page.params["FMTTYPE"] = "text/html"
    event.add("x-alt-desc", page, encode=False)


def _join(event: Event, url: str) -> None:
    """Where to click: for all (URL, CONFERENCE of RFC 7986), and for whose own button it is."""
    event.add("url", url)
    conference = vUri(url)
    conference.params["VALUE"] = "URI"
    conference.params["FEATURE"] = ["AUDIO", "VIDEO"]
    conference.params["LABEL"] = "Join the meeting"
    event.add("conference", conference, encode=False)
    own = JOIN.get((urlsplit(url).hostname or "").lower())
    if own:
        event.add(own, vUri(url), encode=False)


def organizer(meeting: Meeting, desk: str) -> vCalAddress:
    """The mailbox that reads the answers, in the name of the host."""
    ours = parseaddr(settings.DEFAULT_FROM_EMAIL)
    name = f"{meeting.host.get_full_name()} via {desk or ours[0] or 'the sales desk'}"
    return _address(meeting.organizer or ours[1], name)


def _address(email: str, name: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(" ".join(name.replace('"', "'").split()))
    return address


def _once(people: Iterable[Attendee]) -> list[Attendee]:
    """Who can be written to, each address once."""
    return list({one.email.lower(): one for one in people if one.email}.values())


def _attendee(person: Attendee, people: Iterable[Attendee], method: str) -> vCalAddress:
    address = _address(person.email, person.name)
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = ROLES[Attendee.Role(person.role)]
    address.params["PARTSTAT"] = REPLIES[Attendee.Reply(person.reply)]
    asks = method == "REQUEST" and person.reply != Attendee.Reply.DELEGATED
    address.params["RSVP"] = "TRUE" if asks else "FALSE"
    if person.delegated_to:
        address.params["DELEGATED-TO"] = f"mailto:{person.delegated_to}"
    sent = [one for one in people if one.delegated_to.lower() == person.email.lower()]
    if sent and sent[0].email:
        address.params["DELEGATED-FROM"] = f"mailto:{sent[0].email}"
    return address


def _room(room: Room, meeting: Meeting) -> vCalAddress:
    """Rooms have no mailbox: an address of the desk stands for them, so that nothing is lost."""
    local, _, domain = str(organizer(meeting, "")).removeprefix("mailto:").rpartition("@")
    address = _address(f"{local}+room-{room.pk}@{domain}", room.name)
    address.params["CUTYPE"] = "ROOM"
    address.params["ROLE"] = "NON-PARTICIPANT"
    address.params["PARTSTAT"] = "ACCEPTED"
    address.params["RSVP"] = "FALSE"
    return address


def reminder(title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -EARLY)
    alarm.add("description", title)
    return alarm


def recur(rule: str) -> vRecur:
    found: vRecur = vRecur.from_ical(rule)
    return found
