"""Answers to invitations: handed to whoever keeps meetings (settings.CALENDAR_REPLIES)."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from comms import services as comms
from comms.calendars import CalendarMail, Taken
from mailroom.models import Incoming
from mailroom.reading import Reading
from mailroom.services import posting
from mailroom.services.settling import settle

ANSWERS: Final = {"REPLY", "COUNTER", "REFRESH"}


def take(row: Incoming, said: Reading, *, at: datetime) -> bool:
    """Whether it answers an invitation of ours; then it is settled. Programs that answer by
    themselves count too: it is the calendar's word that is wanted, not a person's."""
    if said.calendar not in ANSWERS or not settings.CALENDAR_REPLIES:
        return False
    part = next((one for one in said.parts if one.kind == "text/calendar"), None)
    if part is None:
        return False
    mail = CalendarMail(
        data=part.data, sender=row.address, name=row.name, recipients=row.recipients,
        answers=said.answers, words=row.reply,
    )  # fmt: skip
    taken: Taken | None = import_string(settings.CALENDAR_REPLIES)(mail, at=at)
    if taken is None:
        return False
    _file(row, taken, at=at)
    return True


def _file(row: Incoming, taken: Taken, *, at: datetime) -> None:
    """A note goes into the conversation; colleagues' notes stand beside their answer."""
    row.contact = taken.contact
    row.thread = comms.thread_for(taken.subject, account_id=taken.account_id, at=at)
    if taken.unsure:
        settle(row, Incoming.Status.TRIAGE, taken.why, at=at)
        return
    if taken.words and taken.user is None:
        posting.note(row, taken.subject, row.thread, taken.words, taken.contact, at=at)
    settle(row, Incoming.Status.NOTED, taken.why, at=at)
