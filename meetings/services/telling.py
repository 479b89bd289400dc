"""Owing people the invitation, its updates and its end: to whom it concerns, once for each state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db.models import Q

from comms import services as comms
from comms.addresses import inbound_address
from comms.models import Sender
from meetings import invitations
from meetings.invitations import News
from meetings.models import Attendee, Meeting, Series, Status
from people.models import User

METHODS = {News.CANCELLED: "CANCEL", News.GONE: "CANCEL", News.REFUSED: "DECLINECOUNTER"}


@dataclass(frozen=True)
class Desk:
    """In whose name a meeting's mails leave, and what that team is called."""

    sender: Sender | None
    name: str

    @classmethod
    def of(cls, meeting: Meeting) -> "Desk":
        rows = Sender.objects.filter(Q(team=None) | Q(team=meeting.team_id))
        found = {row.team_id: row for row in rows}
        sender = found.get(meeting.team_id) or found.get(None)
        return cls(sender, sender.name if sender else parseaddr(settings.DEFAULT_FROM_EMAIL)[0])

    def mailbox(self) -> str:
        """Where answers are read."""
        return (self.sender.reply_to if self.sender else "") or inbound_address()


def tell(
    meeting: Meeting, method: str, *, at: datetime, news: News | None = None, reason: str = "",
    to: Iterable[Attendee] | None = None, again: str = "",
) -> None:  # fmt: skip
    """Owe the invitation (or its cancellation), once per sequence.

    :param news: what has happened; by default an invitation, a new time or a cancellation.
    :param to: whom it concerns, if not everybody who comes.
    :param again: why the same state is sent once more (part of its key).
    """
    if news is None:
        news = News.CANCELLED if method == "CANCEL" else _news_of(meeting)
    desk, everybody = _ready(meeting)
    people = everybody if to is None else list(to)
    listed = people if news == News.GONE else everybody
    part = {
        inside: invitations.calendar(
            meeting, listed, method=method, at=at, inside=inside, gone=news == News.GONE,
            desk=desk.name,
        )
        for inside in {person.user_id is not None for person in people}
    }  # fmt: skip
    for person in people:
        _owe(
            meeting, person, news, desk, at=at, reason=reason,
            key=f"meeting:{meeting.pk}:{meeting.sequence}:{method}{again}:{person.pk}",
            calendar_part=part[person.user_id is not None],
        )  # fmt: skip


def refuse(meeting: Meeting, person: Attendee, *, key: str, note: str, at: datetime) -> None:
    """Say to whoever proposed another time that the desk keeps its own."""
    desk, _ = _ready(meeting)
    part = invitations.declined_counter(meeting, person, at=at, note=note, desk=desk.name)
    _owe(meeting, person, News.REFUSED, desk, at=at, reason=note, key=key, calendar_part=part)


def tell_series(
    series: Series, method: str, *, at: datetime, news: News, reason: str = "", again: str = "",
    to: Iterable[Attendee] | None = None,
) -> None:  # fmt: skip
    """Owe one mail to everybody who comes to any meeting of the series: its rule as it is now."""
    rows = list(series.meetings.select_related("host", "room", "series").order_by("series_at"))
    if not rows:
        return
    of = invitations.Whole.of(series, rows)
    desk, _ = _ready(of.lead)
    ahead = [one for one in of.meetings if one.starts_at and one.starts_at >= at]
    everybody = _people_of([one.pk for one in ahead or of.meetings or rows])
    last = max((one.starts_at for one in ahead if one.starts_at), default=None)
    people = everybody if to is None else list(to)
    part = {
        inside: invitations.series_calendar(
            of, everybody, method=method, at=at, inside=inside, desk=desk.name
        )
        for inside in {person.user_id is not None for person in people}
    }
    for person in people:
        _owe(
            of.lead, person, news, desk, at=at, reason=reason,
            key=f"series:{series.pk}:{series.sequence}:{method}{again}:{person.email.lower()}"[:200],
            repeats=(len(ahead), last) if last else None,
            calendar_part=part[person.user_id is not None],
        )  # fmt: skip


def _news_of(meeting: Meeting) -> News:
    if not meeting.sequence:
        return News.INVITATION
    return News.MOVED if meeting.slot_sequence == meeting.sequence else News.CHANGED


def _ready(meeting: Meeting) -> tuple[Desk, list[Attendee]]:
    """Who writes, and to whom; the mailbox of the answers is settled with the first mail, since
    calendars refuse updates from another."""
    desk = Desk.of(meeting)
    if not meeting.organizer:
        meeting.organizer = desk.mailbox()
        Meeting.objects.filter(pk=meeting.pk).update(organizer=meeting.organizer)
    people = meeting.attendees.select_related("user", "contact", "meeting").order_by("pk")
    return desk, list(people)


def _people_of(ids: Sequence[int]) -> list[Attendee]:
    """Each address once, as at the first of these meetings that it comes to."""
    rows = Attendee.objects.filter(meeting__in=ids).exclude(email="")
    rows = rows.select_related("user", "contact", "meeting")
    rows = rows.order_by("-meeting__series_at", "-pk")
    return list({one.email.lower(): one for one in rows}.values())


def _owe(
    meeting: Meeting, person: Attendee, news: News, desk: Desk, *, key: str, calendar_part: str,
    at: datetime, reason: str = "", repeats: tuple[int, datetime] | None = None,
) -> None:  # fmt: skip
    if not person.email:
        return
    link = _link(person, at) if METHODS.get(news) is None else ""
    comms.owe_mail(
        key=key, recipient=person.email, recipient_name=person.name, contact=person.contact,
        user=person.user, about=meeting, due_at=at, at=at, sender=desk.sender, private=bool(link),
        calendar_method=METHODS.get(news, "REQUEST"), calendar_part=calendar_part,
        subject=invitations.subject(meeting, person, news),
        body=invitations.body(meeting, person, news, link=link, reason=reason, repeats=repeats),
    )  # fmt: skip


def _link(person: Attendee, at: datetime) -> str:
    """A guest's own page of the meeting; "" for colleagues, who sign in."""
    if person.user_id is not None:
        return ""
    links: Any = import_module(".guest_links", __package__)  # it books, and booking tells
    return str(links.address(person, at=at))


def coordinator_of(meeting: Meeting) -> User:
    """Who hears when something is wrong with it."""
    scheduled_by = meeting.scheduled_by
    return scheduled_by if scheduled_by and scheduled_by.is_active else meeting.host


def is_booked(meeting: Meeting) -> bool:
    return meeting.status == Status.BOOKED and meeting.starts_at is not None
