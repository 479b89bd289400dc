"""Meetings in deals and on timelines (settings.DEAL_PARTS, CONTACT_SUBJECTS, ACCOUNT_SECTIONS)."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from django.db.models import Model
from django.urls import reverse

from crm.models import Account, Contact
from crm.parts import DealPart
from kit.briefing import Line, Section
from kit.markup import moment
from meetings.models import Attendee, Meeting
from meetings.queries import visible_to
from people.models import User

PAGE: Final = re.compile(r".*/meetings/(\d{1,18})/?")
SHOWN: Final = 6


def find(user: User, text: str) -> Meeting | None:
    """The meeting of the address of its page; meetings have no numbers."""
    said = PAGE.fullmatch(text)
    return None if said is None else visible_to(user).filter(pk=int(said[1])).first()


def lines(user: User, keys: Collection[int]) -> Mapping[int, Line]:
    return {row.pk: _line(row) for row in visible_to(user).filter(pk__in=keys)}


def _line(row: Meeting) -> Line:
    when = moment(row.starts_at) if row.starts_at else "to be scheduled"
    return Line(
        row.title, f"{when}, {row.get_status_display().lower()}",
        reverse("meetings:meeting", args=[row.pk]),
    )  # fmt: skip


MEETING: Final = DealPart("Meeting", "calendar-event", find, lines)


def of_contact(contact: Contact, most: int) -> tuple[str, list[int]]:
    rows = Attendee.objects.filter(contact=contact).order_by("-meeting_id")
    return "meetings.meeting", list(rows.values_list("meeting_id", flat=True)[:most])


def next_and_last(
    account: Account | None, meeting: Model | None, user: User | None, now: datetime  # noqa: ARG001
) -> Section | None:  # fmt: skip
    """Meetings to come and the last ones."""
    if account is None or user is None:
        return None
    rows = visible_to(user).filter(account=account).order_by("-starts_at", "-pk")
    return Section(
        "meetings", "Meetings", "calendar-event", [_line(row) for row in rows[:SHOWN]],
        empty="Nobody has met them through this portal yet.",
    )  # fmt: skip
