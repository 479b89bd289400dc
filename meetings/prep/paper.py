"""The prep pack on paper: the same sections as on the page."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from kit.briefing import Section
from kit.markup import money
from kit.paper import Column, Company, Paper, render
from meetings.models import Meeting
from meetings.prep.words import when, where

COLUMNS: Final = (Column("part", "About", 110), Column("text", "What there is to know", 0))
LONGEST: Final = 600  # a row is never cut in two, so none may fill a page


def pdf(meeting: Meeting, sections: Sequence[Section], at: datetime) -> bytes:
    """A4, for who prints it or reads it on the way."""
    account = meeting.account
    local = at.astimezone(ZoneInfo(meeting.zone))
    place = [account.street, f"{account.postcode} {account.city}".strip()] if account else []
    return render(Paper(
        title="Prep pack", number=f"as of {local:%d %b %Y, %H:%M}",
        company=Company(settings.COMPANY_NAME, tuple(settings.COMPANY_ADDRESS), ()),
        to=[account.name if account else meeting.title, *place, account.country if account else ""],
        facts=[("Meeting", meeting.title), ("When", when(meeting)), ("Where", where(meeting)),
               ("Host", str(meeting.host)), ("Length", f"{meeting.minutes} minutes")],
        columns=COLUMNS, rows=list(_rows(sections)),
    ))  # fmt: skip


def _rows(sections: Sequence[Section]) -> Iterator[dict[str, str]]:
    for section in sections:
        part = section.title
        for line in section.lines:
            yield {"part": part, "text": line.text[:LONGEST], "detail": line.note[:LONGEST]}
            part = ""
        for figure in section.figures:
            amount = money(figure.value, section.currency, 0)
            yield {"part": part, "text": f"{figure.label}: {amount}"}
            part = ""
        if part:
            yield {"part": part, "text": section.empty}
