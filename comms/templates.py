"""Words that are offered to whoever writes, with what an object says filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.conf import settings
from django.db.models import Model, Q
from django.urls import reverse
from django.utils.module_loading import import_string

from comms.models import MessageTemplate
from comms.parties import Parties, parties_of
from people.models import User

# What every object says; the owning apps add their own (settings.THREAD_VARIABLES).
VARIABLES: Final[Mapping[str, str]] = {
    "contact": "First name at the customer", "me": "Your name", "subject": "What it is about",
    "account": "The customer", "rep": "First name of the rep", "ref": "Number of the request",
    "order": "Number of the order", "quote": "Number of the quote", "due": "What we promised",
}  # fmt: skip
SLOT: Final = re.compile(r"\{\{\s*([a-z]+)\s*\}\}")
MOST: Final = 100
MOST_KEPT: Final = 1000


@dataclass(frozen=True)
class Offer:
    """Words somebody may take: `key` names them, of whatever source."""

    key: str
    title: str
    body: str
    subject_line: str = ""


@dataclass(frozen=True)
class Kept:
    """Words as the page of templates lists them: `key` is that of their offer, `where` says on what
    they are offered, `edit` and `page` are paths."""

    key: str
    title: str
    where: str
    source: str
    owner: str = ""
    version: int = 1
    review_on: date | None = None
    offered: bool = True
    edit: str = ""
    page: str = ""


def kept() -> list[Kept]:
    """All templates of messages, by title (settings.LIBRARY_TEMPLATES)."""
    rows = MessageTemplate.objects.select_related("team", "owner").order_by("title", "pk")
    return [
        Kept(
            f"template:{row.pk}", row.title, _where(row), "Message", str(row.owner or ""),
            row.version, row.review_on, row.is_active,
            reverse("comms:settings_edit", args=["templates", row.pk]),
            reverse("library:template", args=[row.pk]),
        )
        for row in rows[:MOST_KEPT]
    ]  # fmt: skip


def _where(row: MessageTemplate) -> str:
    place = str(row.get_about_display())
    return f"{place}, {row.team}" if row.team is not None else place


def offers(user: User, subject: Model) -> list[Offer]:
    """The templates for everybody and for the user's team, for this kind of object or any."""
    rows = MessageTemplate.objects.filter(
        Q(team=None) | Q(team=user.team_id), about__in=["", subject._meta.label_lower],
        is_active=True,
    ).order_by("title", "pk")  # fmt: skip
    return [
        Offer(f"template:{row.pk}", row.title, row.body, row.subject_line) for row in rows[:MOST]
    ]


def offered(user: User, subject: Model) -> list[Offer]:
    """From all sources, as they stand in the menu of the composer."""
    return [
        offer for path in settings.THREAD_TEMPLATES for offer in import_string(path)(user, subject)
    ]


def taken(user: User, subject: Model, key: str) -> Offer | None:
    """One offer with its variables filled in; None for a key that is not offered here."""
    found = next((offer for offer in offered(user, subject) if offer.key == key), None)
    if found is None:
        return None
    known = values(user, subject, parties_of(subject))
    return Offer(
        found.key, found.title, fill(found.body, known), fill(found.subject_line, known)
    )  # fmt: skip


def values(user: User, subject: Model, parties: Parties) -> dict[str, str]:
    contact = parties.contacts[0].name if parties.contacts else ""
    known = {
        "me": user.get_full_name(), "subject": parties.title, "account": "",
        "contact": contact.split()[0] if contact.strip() else "",
        "rep": parties.requester.get_short_name() if parties.requester else "",
    }  # fmt: skip
    account = getattr(subject, "account", None)
    if account is not None or subject._meta.label_lower == "crm.account":
        known["account"] = str(account or subject)
    path = settings.THREAD_VARIABLES.get(subject._meta.label_lower)
    return known | (import_string(path)(user, subject) if path else {})


def fill(text: str, known: Mapping[str, str]) -> str:
    """The words with every known variable filled in; one that is empty or unknown stays visible, so
    that nobody sends a hole."""
    return SLOT.sub(lambda found: known.get(found[1]) or found[0], text)


def unknown(text: str) -> list[str]:
    """Variables that no object has, for the one who writes a template."""
    return sorted({name for name in SLOT.findall(text) if name not in VARIABLES})


def holes(text: str) -> list[str]:
    """Variables that stand in a text unfilled."""
    return sorted({name for name in SLOT.findall(text) if name in VARIABLES})
