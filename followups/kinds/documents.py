"""Documents that customers were asked for."""

from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from documents import services as documents
from documents.models import DocumentAsk, Status
from followups.kinds.base import Kind, Moment, Reader, Readers, Value, of_contact, of_user

NO_LONGER: Final = {
    Status.RECEIVED: "The customer has sent it.", Status.ACCEPTED: "It was accepted.",
    Status.WITHDRAWN: "It is not needed any more.",
}  # fmt: skip


def _load(keys: set[int]) -> dict[int, DocumentAsk]:
    rows = DocumentAsk.objects.select_related(
        "contact", "account__owner", "asked_by__team__calendar"
    )
    return {row.pk: row for row in rows.filter(pk__in=keys)}


def _fresh_link(ask: Any, _reader: Reader, at: datetime) -> str:
    """A link of the customer's own, made for this one mail."""
    return documents.fresh_link(ask, at=at)


DOCUMENT: Final = Kind(
    label="documents.documentask", word="document", name="Document asked for", load=_load,
    account=lambda row: row.account_id, sender=lambda row: row.asked_by,
    readers={
        "customer": Readers("The customer's contact", lambda row: of_contact(row.contact), outside=True),
        "asked_by": Readers("Who asked", lambda row: of_user(row.asked_by)),
    },
    moments={"due_at": Moment("The deadline", lambda row: row.due_at)},
    fields={
        "title": Value("What is asked for", lambda row: row.title),
        "words": Value("What and why, in words", lambda row: row.words),
        "due": Value("Deadline, in its own zone", lambda row: row.due_words),
        "about": Value("Order, quote or request", documents.about),
        "status": Value("Status", lambda row: row.status),
        "opened": Value("The customer has opened the page", lambda row: row.opened_at is not None, "yes"),
    },
    over=lambda row: NO_LONGER.get(Status(row.status), ""),
    ends=frozenset({"documents.ask.received", "documents.ask.accepted", "documents.ask.withdrawn"}),
    moves=frozenset({"documents.ask.moved", "documents.ask.returned"}),
    page=lambda row, reader: "" if reader.contact else reverse("documents:ask", args=[row.pk]),
    thread=lambda row: row.thread,
    fresh_page=_fresh_link,
)  # fmt: skip
