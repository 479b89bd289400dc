"""Words that are offered to whoever writes, with what an object says filled in."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from comms.models import MessageTemplate, Versioned
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


@dataclass(frozen=True)
class Offer:
    """Words somebody may take: `key` names them, of whatever source."""

    key: str
    title: str
    body: str
    subject_line: str = ""
    version: int = 1

    @property
    def taken(self) -> str:
        """What a draft and its message remember of it."""
        return f"{self.key}@{self.version}"


@dataclass(frozen=True)
class Source:
    """One kind of versioned words, as the page of templates lists them (settings.LIBRARY_TEMPLATES).

    Keys of offers begin with `code`; `table` and `slug` name the table in the browser where who has
    `permission` changes them; `where` says on what one is offered.
    """

    code: str
    name: str
    one: str
    model: type[Versioned]
    where: Callable[[Any], str]
    related: tuple[str, ...]
    table: str
    slug: str
    permission: str

    def key(self, pk: int) -> str:
        return f"{self.code}:{pk}"

    def rows(self) -> QuerySet[Any]:
        return self.model._default_manager.select_related("owner", *self.related)

    @property
    def add(self) -> str:
        return reverse(f"{self.table}:settings_add", args=[self.slug])

    def edit(self, pk: int) -> str:
        return reverse(f"{self.table}:settings_edit", args=[self.slug, pk])


def _where(row: MessageTemplate) -> str:
    place = str(row.get_about_display())
    return f"{place}, {row.team}" if row.team is not None else place


SOURCE: Final = Source(
    code="template", name="Message", one="template", model=MessageTemplate, where=_where,
    related=("team",), table="comms", slug="templates", permission="comms.change_messagetemplate",
)  # fmt: skip


def offers(user: User, subject: Model) -> list[Offer]:
    """The templates for everybody and for the user's team, for this kind of object or any."""
    rows = MessageTemplate.objects.filter(
        Q(team=None) | Q(team=user.team_id), about__in=["", subject._meta.label_lower],
        is_active=True,
    ).order_by("title", "pk")  # fmt: skip
    return [
        Offer(SOURCE.key(row.pk), row.title, row.body, row.subject_line, row.version)
        for row in rows[:MOST]
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
    body, subject_line = fill(found.body, known), fill(found.subject_line, known)
    return replace(found, body=body, subject_line=subject_line)


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
