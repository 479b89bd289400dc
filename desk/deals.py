"""Requests in deals and on timelines (settings.DEAL_PARTS, CONTACT_SUBJECTS)."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from django.urls import reverse

from crm.models import Contact
from crm.parts import DealPart
from desk.models import SalesRequest
from kit.briefing import Line
from people.models import User

NUMBER: Final = re.compile(r"(?:.*/requests/|R-)(\d{1,18})/?", re.IGNORECASE)


def find(user: User, text: str) -> SalesRequest | None:
    """The request of R-12, or of the address of its page."""
    said = NUMBER.fullmatch(text.strip())
    if said is None:
        return None
    return SalesRequest.objects.visible_to(user).filter(pk=int(said[1])).first()


def lines(user: User, keys: Collection[int]) -> Mapping[int, Line]:
    rows = SalesRequest.objects.visible_to(user).filter(pk__in=keys).select_related("type")
    return {
        row.pk: Line(
            f"{row.ref} {row.subject}",
            row.get_outcome_display() if row.status == "done" else row.get_status_display(),
            reverse("desk:request", args=[row.pk]), "" if row.status == "done" else "warn",
        ) for row in rows
    }  # fmt: skip


REQUEST: Final = DealPart("Request", "inbox", find, lines)


def of_contact(contact: Contact, most: int) -> tuple[str, list[int]]:
    rows = SalesRequest.objects.filter(contact=contact).order_by("-pk")
    return "desk.salesrequest", list(rows.values_list("pk", flat=True)[:most])
