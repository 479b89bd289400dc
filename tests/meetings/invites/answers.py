"""Answers as calendar programs send them: their own ways to write one and the same thing."""

import base64
from datetime import UTC, datetime
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from icalendar import Calendar

DESK = "desk@portal.localhost"


def invited(delivery):
    """What the guest's calendar holds of a mail of ours."""
    calendar = Calendar.from_ical(delivery.calendar_part)
    event = calendar.walk("VEVENT")[0]
    return {
        "uid": str(event["UID"]), "sequence": int(event["SEQUENCE"]),
        "start": event.decoded("DTSTART"), "end": event.decoded("DTEND"),
        "organizer": str(event["ORGANIZER"]).removeprefix("mailto:"),
        "recurrence": event["RECURRENCE-ID"].dt if "RECURRENCE-ID" in event else None,
    }  # fmt: skip


def stamp(at):
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def calendar(
    invitation, address, partstat="ACCEPTED", *, method="REPLY", at=None, program="-//Test//EN",
    extra=(), attendee=None, fold=75, sequence=None, start=None, end=None, recurrence=None,
):  # fmt: skip
    """The text/calendar of an answer, folded at `fold` octets."""
    at = at or datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    sequence = invitation["sequence"] if sequence is None else sequence
    recurrence = recurrence or invitation["recurrence"]
    lines = [
        "BEGIN:VCALENDAR", f"PRODID:{program}", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT",
        f"UID:{invitation['uid']}", *([f"SEQUENCE:{sequence}"] if sequence != "" else []),
        f"DTSTAMP:{stamp(at)}", f"DTSTART:{stamp(start or invitation['start'])}",
        f"DTEND:{stamp(end or invitation['end'])}", f"ORGANIZER:mailto:{invitation['organizer']}",
        attendee or f"ATTENDEE;PARTSTAT={partstat}:mailto:{address}",
        *([f"RECURRENCE-ID:{stamp(recurrence)}"] if recurrence else []), *extra,
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(_folded(line, fold) for line in lines)


def _folded(line, width):
    parts = [line[at : at + width - 1] for at in range(0, len(line), width - 1)] or [""]
    return "\r\n ".join(parts)


def simple(sender, text, *, to=DESK, body="", message_id=None, **headers):
    """A mail with a text and the calendar as another form of it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, "Accepted: Pump review"
    mail["Message-ID"] = message_id or f"<{abs(hash((sender, text, body)))}@client.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    mail.add_alternative(text.encode(), maintype="text", subtype="calendar",
                         params={"method": "REPLY", "charset": "UTF-8"})  # fmt: skip
    return mail.as_bytes()


def google(invitation, name, address, partstat="ACCEPTED", **kw):
    """multipart/mixed(alternative(plain, html, calendar), application/ics)."""
    attendee = (
        f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat};CN={name};"
        f"X-NUM-GUESTS=0:mailto:{address}"
    )
    text = calendar(
        invitation, address, attendee=attendee, program="-//Google Inc//Google Calendar 70.9054//EN",
        extra=("CREATED:20261124T090000Z", "DESCRIPTION:", "LOCATION:", "STATUS:CONFIRMED",
               "TRANSP:OPAQUE", "SUMMARY:Pump review"), **kw,
    )  # fmt: skip
    whole, alternative = MIMEMultipart("mixed"), MIMEMultipart("alternative")
    alternative.attach(MIMEText(f"{name} has accepted this invitation.", "plain", "utf-8"))
    alternative.attach(MIMEText(f"<p>{name} has accepted this invitation.</p>", "html", "utf-8"))
    part = MIMEText(text, "calendar", "utf-8")
    part.set_param("method", "REPLY")
    alternative.attach(part)
    file = MIMEBase("application", "ics", name="invite.ics")
    file.set_payload(base64.encodebytes(text.encode()).decode())
    file.add_header("Content-Transfer-Encoding", "base64")
    file.add_header("Content-Disposition", "attachment", filename="invite.ics")
    whole.attach(alternative)
    whole.attach(file)
    return _headed(whole, name, address, "Accepted: Pump review")


def outlook(invitation, name, address, partstat="ACCEPTED", words="", **kw):
    """Exchange: Windows zone names, MAILTO in capitals, quoted CN, base64, its own words as text."""
    attendee = f'ATTENDEE;PARTSTAT={partstat};CN="{name}":MAILTO:{address.upper()}'
    extra = [f"COMMENT;LANGUAGE=en-GB:{words}\\n"] if words else []
    text = calendar(
        invitation, address, attendee=attendee, program="Microsoft Exchange Server 2010",
        extra=(*extra, "SUMMARY;LANGUAGE=en-GB:Accepted: Pump review", "CLASS:PUBLIC",
               "X-MICROSOFT-CDO-APPT-SEQUENCE:0"), **kw,
    )  # fmt: skip
    whole = MIMEMultipart("alternative")
    whole.attach(MIMEText(words, "plain", "us-ascii"))
    whole.attach(MIMEText(f"<html><body>{words}</body></html>", "html", "us-ascii"))
    part = MIMEText(text, "calendar", "utf-8")
    part.set_param("method", "REPLY")
    whole.attach(part)
    return _headed(whole, name, address, "Accepted: Pump review")


def apple(invitation, name, address, partstat="ACCEPTED", **kw):
    """Folded tightly, EMAIL beside the address, no charset."""
    attendee = (
        f'ATTENDEE;CN="{name}";CUTYPE=INDIVIDUAL;EMAIL="{address}";PARTSTAT={partstat}:'
        f"mailto:{address}"
    )
    text = calendar(invitation, address, attendee=attendee, fold=40,
                    program="-//Apple Inc.//macOS 14.5//EN", **kw)  # fmt: skip
    whole = MIMEMultipart("alternative")
    whole.attach(MIMEText(f"{name} has accepted.", "plain", "utf-8"))
    part = MIMEBase("text", "calendar", method="REPLY")
    part.set_payload(text)
    whole.attach(part)
    return _headed(whole, name, address, "Accepted: Pump review")


def thunderbird(invitation, name, address, partstat="ACCEPTED", **kw):
    """Only an attachment, twice: text/calendar and application/ics."""
    text = calendar(invitation, address, partstat,
                    program="-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN", **kw)  # fmt: skip
    whole = MIMEMultipart("mixed")
    whole.attach(MIMEText(f"{name} <{address}> has accepted your event invitation.", "plain"))
    for main, sub in (("text", "calendar"), ("application", "ics")):
        part = MIMEBase(main, sub, name="invite.ics")
        part.set_payload(base64.encodebytes(text.encode()).decode())
        part.add_header("Content-Transfer-Encoding", "base64")
        part.add_header("Content-Disposition", "attachment", filename="invite.ics")
        whole.attach(part)
    return _headed(whole, name, address, "Event Invitation Reply (Accepted): Pump review")


def zimbra(invitation, name, address, partstat="ACCEPTED", **kw):
    """No other form than a file whose type says nothing."""
    text = calendar(invitation, address, partstat, program="Zimbra-Calendar-Provider", **kw)
    whole = MIMEMultipart("mixed")
    whole.attach(MIMEText("Yes, I will attend.", "plain", "utf-8"))
    part = MIMEBase("application", "octet-stream", name="meeting.ics")
    part.set_payload(base64.encodebytes(text.encode()).decode())
    part.add_header("Content-Transfer-Encoding", "base64")
    part.add_header("Content-Disposition", "attachment", filename="meeting.ics")
    whole.attach(part)
    return _headed(whole, name, address, "Accept: Pump review")


PROGRAMS = {
    "google": google, "outlook": outlook, "apple": apple, "thunderbird": thunderbird,
    "zimbra": zimbra,
}  # fmt: skip


def _headed(mail, name, address, subject):
    mail["From"], mail["To"], mail["Subject"] = f'"{name}" <{address}>', DESK, subject
    mail["Message-ID"] = f"<{abs(hash(mail.as_string()))}@client.example>"
    return mail.as_bytes()
