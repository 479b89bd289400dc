"""The prep pack on paper: the same sections as on the page."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from kit.briefing import Section
from kit.paper import Company, Paper, render
from kit.paper.briefing import COLUMNS, rows_of
from meetings.models import Meeting
from meetings.prep.words import when, where


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
        columns=COLUMNS, rows=list(rows_of(sections)),
    ))  # fmt: skip
