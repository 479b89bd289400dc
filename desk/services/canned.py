"""Canned answers: words with variables that a request fills in."""

from collections.abc import Mapping
from typing import Final

from django.db.models import Model, Q

from comms import templates
from comms.templates import SLOT, Offer, Source
from desk.models import CannedAnswer, HandOff, SalesRequest
from kit.markup import moment
from people.models import User

VARIABLES: Final[Mapping[str, str]] = {
    "rep": "First name of who asked", "me": "Your name", "ref": "Number of the request",
    "subject": "What it is about", "account": "The customer", "contact": "First name at the customer",
    "order": "Number of the order", "quote": "Number of the quote", "due": "What we promised",
}  # fmt: skip


def values(user: User, row: SalesRequest) -> dict[str, str]:
    """What the variables stand for on a request."""
    return {
        "rep": row.requester.get_short_name(), "me": user.get_full_name(), "ref": row.ref,
        "subject": row.subject, "account": str(row.account or ""),
        "contact": row.contact.name.split()[0] if row.contact and row.contact.name else "",
        "order": row.order.number if row.order else "",
        "quote": row.quote.number if row.quote else "",
        "due": moment(row.due_at) if row.due_at else "",
    }  # fmt: skip


def values_of_handoff(user: User, row: HandOff) -> dict[str, str]:  # noqa: ARG001 - as the others
    """What they stand for on a hand-off: the ask, and what it is about."""
    return {
        "subject": row.ask, "order": row.order.number if row.order else "",
        "ref": row.request.ref if row.request else "",
        "due": moment(row.due_at) if row.due_at else "",
    }  # fmt: skip


def offers(user: User, row: Model) -> list[Offer]:  # noqa: ARG001 - everybody at the desk is offered all
    """Canned answers of its type and of any, for whoever writes on a request."""
    if not isinstance(row, SalesRequest):
        return []
    found = CannedAnswer.objects.filter(Q(type=None) | Q(type=row.type_id), is_active=True)
    return [
        Offer(SOURCE.key(one.pk), one.title, one.body, version=one.version)
        for one in found.order_by("title", "pk")
    ]


def _where(row: CannedAnswer) -> str:
    return f"Requests: {row.type}" if row.type else "Requests"


SOURCE: Final = Source(
    code="answer", name="Canned answer", one="canned answer", model=CannedAnswer, where=_where,
    related=("type",), table="desk", slug="answers", permission="desk.change_requesttype",
)  # fmt: skip


def fill(body: str, row: SalesRequest, user: User) -> str:
    """The words with every known variable filled in; one that is empty or unknown stays visible, so
    that nobody sends a hole."""
    return templates.fill(body, values(user, row))


def unknown(body: str) -> list[str]:
    """Variables that no request has, for the one who writes the answer."""
    return sorted({name for name in SLOT.findall(body) if name not in VARIABLES})
