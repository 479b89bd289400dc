"""Shares in deals and on timelines (settings.DEAL_PARTS, CONTACT_SUBJECTS, TIMELINE_TEXTS)."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.urls import reverse

from crm.models import Contact
from crm.parts import DealPart
from journal.models import Entry
from kit.briefing import Line
from kit.markup import day
from library.models import Share
from people.models import User

ADDRESS: Final = re.compile(r".*/library/shares/(\d{1,18})/?")


def find(user: User, text: str) -> Share | None:
    """The share of the address of its page."""
    said = ADDRESS.fullmatch(text.strip())
    if said is None or not user.has_perm("library.view_share"):
        return None
    return Share.objects.visible_to(user).filter(pk=int(said[1])).first()


def lines(user: User, keys: Collection[int]) -> Mapping[int, Line]:
    if not user.has_perm("library.view_share"):
        return {}
    rows = Share.objects.visible_to(user).filter(pk__in=keys)
    return {row.pk: Line(row.title, _state(row), _page(row)) for row in rows}


SHARE: Final = DealPart("Shared material", "share", find, lines)


def of_contact(contact: Contact, most: int) -> tuple[str, list[int]]:
    rows = Share.objects.filter(contact=contact).order_by("-pk")
    return "library.share", list(rows.values_list("pk", flat=True)[:most])


def share_texts(rows: Sequence[Entry], user: User) -> dict[int, tuple[str, str]]:
    """For whom a share was, and its page, to those who may see it."""
    if not user.has_perm("library.view_share"):
        return {}
    shares = Share.objects.visible_to(user).in_bulk({row.subject_id for row in rows})
    return {
        row.pk: (f"{shares[row.subject_id].title}, for {shares[row.subject_id].to}", _page(shares[row.subject_id]))
        for row in rows
        if row.subject_id in shares
    }  # fmt: skip


def _state(row: Share) -> str:
    if row.revoked_at is not None:
        return f"for {row.to}, revoked"
    seen = f"visits: {row.views}" if row.views else "not opened yet"
    return f"for {row.to}, until {day(row.expires_at)}, {seen}"


def _page(row: Share) -> str:
    return reverse("library:share", args=[row.pk])
