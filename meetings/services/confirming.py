"""What a guest is written, in her own language: that it is booked, which times she may choose."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from comms import services as comms
from meetings.models import Attendee, Meeting, Proposal
from meetings.services import guest_links
from meetings.words import Words, moment_in, words_in


def zone_of(guest: Attendee) -> str:
    """The clock that a guest reads: her own if we know it, else the meeting's."""
    return guest.zone or (guest.contact.zone if guest.contact else "") or guest.meeting.zone


def confirm(guest: Attendee, *, at: datetime) -> None:
    """Owe her the words that it is booked, with her own link; the calendar's invitation goes apart."""
    meeting, words = guest.meeting, words_in(guest.language)
    if meeting.starts_at is None:
        raise ValueError("A confirmation needs a slot.")
    link = guest_links.address(guest, at=at)
    body = "\n\n".join(
        [
            words.mail_hello.format(name=guest.name),
            words.mail_booked.format(
                company=settings.COMPANY_NAME, title=meeting.title, minutes=meeting.minutes
            ),
            f"{words.when}: **{moment_in(words, meeting.starts_at, zone_of(guest))}**",
            *_where(meeting, words),
            words.mail_change.format(link=link),
        ]
    )
    subject = words.mail_booked_subject.format(title=meeting.title)
    _owe(guest, f"meeting:{meeting.pk}:confirmation:{guest.pk}", subject, body, at=at)


def offer(proposal: Proposal, guest: Attendee, starts: Sequence[datetime], *, at: datetime) -> None:
    """Owe her the times of a proposal, with the link by which she chooses."""
    meeting, words, zone = guest.meeting, words_in(guest.language), zone_of(guest)
    link = guest_links.choose_address(guest, at=at)
    lines = "\n".join(f"- {moment_in(words, start, zone)}" for start in starts)
    until = moment_in(words, proposal.expires_at, zone)
    body = "\n\n".join(
        [
            words.mail_hello.format(name=guest.name),
            words.mail_choose.format(person=proposal.made_by.get_full_name(), title=meeting.title),
            lines,
            *([proposal.note] if proposal.note else []),
            words.mail_choose_link.format(link=link),
            words.mail_choose_until.format(moment=until),
        ]
    )
    subject = words.mail_choose_subject.format(title=meeting.title)
    _owe(guest, f"proposal:{proposal.pk}:{guest.pk}", subject, body, at=at)


def _where(meeting: Meeting, words: Words) -> list[str]:
    place = meeting.place or meeting.video_url
    return [f"{words.where}: {place}"] if place else []


def _owe(guest: Attendee, key: str, subject: str, body: str, *, at: datetime) -> None:
    comms.owe_mail(
        key=key, recipient=guest.email, recipient_name=guest.name, contact=guest.contact,
        about=guest.meeting, due_at=at, at=at, subject=subject, body=body, private=True,
    )  # fmt: skip
