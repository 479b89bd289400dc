"""Canned answers: words with variables that a request fills in."""

import re
from collections.abc import Mapping
from typing import Final

from desk.models import SalesRequest
from kit.markup import moment
from people.models import User

VARIABLES: Final[Mapping[str, str]] = {
    "rep": "First name of who asked", "me": "Your name", "ref": "Number of the request",
    "subject": "What it is about", "account": "The customer", "contact": "First name at the customer",
    "order": "Number of the order", "quote": "Number of the quote", "due": "What we promised",
}  # fmt: skip
SLOT = re.compile(r"\{\{\s*([a-z]+)\s*\}\}")


def fill(body: str, row: SalesRequest, user: User) -> str:
    """The words with every known variable filled in; one that is empty or unknown stays visible, so
    that nobody sends a hole."""
    values = {
        "rep": row.requester.get_short_name(), "me": user.get_full_name(), "ref": row.ref,
        "subject": row.subject, "account": str(row.account or ""),
        "contact": row.contact.name.split()[0] if row.contact and row.contact.name else "",
        "order": row.order.number if row.order else "",
        "quote": row.quote.number if row.quote else "",
        "due": moment(row.due_at) if row.due_at else "",
    }  # fmt: skip
    return SLOT.sub(lambda found: values.get(found[1]) or found[0], body)


def unknown(body: str) -> list[str]:
    """Variables that no request has, for the one who writes the answer."""
    return sorted({name for name in SLOT.findall(body) if name not in VARIABLES})
