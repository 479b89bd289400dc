"""What RFC 5545 and 5546 say that must stand (or must not) in what we send, line by line of the text."""

import re
from datetime import UTC

from icalendar import Calendar

ONCE = {"UID", "DTSTAMP", "SEQUENCE", "ORGANIZER", "DTSTART", "SUMMARY"}
METHODS = {"REQUEST", "CANCEL", "DECLINECOUNTER"}


def unfolded(text):
    return text.replace("\r\n ", "").replace("\r\n\t", "").split("\r\n")


def problems(text):
    """Every rule that `text` breaks; empty for a good one."""
    found = list(_form(text))
    calendar = Calendar.from_ical(text)
    events = calendar.walk("VEVENT")
    method = str(calendar.get("METHOD", ""))
    if method not in METHODS:
        found.append(f"METHOD {method!r}")
    if str(calendar.get("VERSION")) != "2.0" or not calendar.get("PRODID"):
        found.append("VERSION and PRODID (5545, 3.6)")
    if not events:
        found.append("no VEVENT")
    if len({str(e["UID"]) for e in events}) != 1:
        found.append("all VEVENTs of a mail have one UID (5546, 3.2.2)")
    zones = {str(z["TZID"]) for z in calendar.walk("VTIMEZONE")}
    for event in events:
        found += _event(event, method, zones)
    if method == "REQUEST" and len(events) > 1 and sum("RRULE" in e for e in events) != 1:
        found.append("several VEVENTs without one rule")
    return found


def _form(text):
    if not text.endswith("END:VCALENDAR\r\n"):
        yield "lines end with CRLF (5545, 3.1)"
    if re.search(r"(?<!\r)\n", text):
        yield "a bare LF"
    for line in text.split("\r\n"):
        if len(line.encode()) > 75:
            yield f"longer than 75 octets: {line[:40]}"
    for line in unfolded(text):
        if line and not re.match(r"[A-Z0-9-]+[:;]", line):
            yield f"no property: {line[:40]}"


def _event(event, method, zones):
    yield from _times(event, zones)
    yield from _people(event, method)
    yield from _state(event, method)


def _times(event, zones):
    for name in ONCE:
        if name not in event or isinstance(event[name], list):
            yield f"{name} must stand once"
    if event["DTSTAMP"].dt.tzinfo is not UTC and event["DTSTAMP"].dt.utcoffset():
        yield "DTSTAMP is in UTC (5545, 3.8.7.2)"
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        zone = event[name].params.get("TZID") if name in event else None
        if zone and zone not in zones and zone != "UTC":
            yield f"{name} names {zone}, which no VTIMEZONE defines (5545, 3.2.19)"
    if "DTEND" in event and not event["DTEND"].dt > event["DTSTART"].dt:
        yield "DTEND after DTSTART (5545, 3.8.2.2)"
    yield from _rule(event.get("RRULE", {}))


def _rule(rule):
    if "UNTIL" in rule and (rule["UNTIL"][0].tzinfo is None or rule["UNTIL"][0].utcoffset()):
        yield "UNTIL is in UTC where DTSTART has a zone (5545, 3.3.10)"
    if {"COUNT", "UNTIL"} <= set(rule):
        yield "COUNT and UNTIL (5545, 3.3.10)"


def _people(event, method):
    people = event.get("ATTENDEE", [])
    people = people if isinstance(people, list) else [people]
    if method != "DECLINECOUNTER" and not people:
        yield "ATTENDEE (5546, 3.2.2 and 3.2.5)"
    if any(not str(one).lower().startswith("mailto:") for one in [*people, event["ORGANIZER"]]):
        yield "a CAL-ADDRESS that is no mailto (6047, 2.3)"
    if str(event["ORGANIZER"]) in map(str, people):
        yield "the organizer invites herself"


def _state(event, method):
    status = str(event.get("STATUS", ""))
    if method == "CANCEL" and status not in {"", "CANCELLED"}:
        yield "STATUS of a CANCEL is CANCELLED or not there (5546, 3.2.5)"
    if method == "CANCEL" and event.walk("VALARM"):
        yield "no VALARM in a CANCEL (5546, 3.2.5)"
    if method == "REQUEST" and status not in {"CONFIRMED", "TENTATIVE"}:
        yield "STATUS of a REQUEST is TENTATIVE or CONFIRMED (5546, 3.2.2)"
