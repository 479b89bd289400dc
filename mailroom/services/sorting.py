"""What a person decides about a mail that could not be filed."""

from datetime import datetime

from django.db import transaction

from comms import services as comms
from comms.models import Thread
from crm.models import Account, Contact
from desk.models import IllegalMove, RequestType, SalesRequest
from journal import services as journal
from mailroom.models import Blocked, Incoming
from mailroom.reading import read
from mailroom.services import posting, senders
from people.models import User

OPEN = {
    Incoming.Status.TRIAGE,
    Incoming.Status.FAILED,
    Incoming.Status.NOTED,
    Incoming.Status.IGNORED,
}


class Unsortable(Exception):
    """It was settled by somebody else, or cannot go there; the text is fit for people to read."""


def _mine(row: Incoming) -> None:
    row.refresh_from_db(from_queryset=Incoming.objects.select_for_update(of=("self",)))
    if row.status not in OPEN:
        raise Unsortable(f"This mail is {Incoming.Status(row.status).label.lower()} already.")


def _settle(row: Incoming, status: Incoming.Status, verb: str, *, by: User, at: datetime) -> None:
    row.status, row.settled_at, row.settled_by = status, at, by
    row.save(
        update_fields=["status", "settled_at", "settled_by", "thread", "message", "contact", "why"]
    )
    account = row.thread.account_id if row.thread else None
    journal.record(f"mailroom.incoming.{verb}", row, by=by, at=at, account_id=account)


@transaction.atomic
def into_request(
    row: Incoming, *, kind: RequestType, account: Account | None, contact: Contact | None, by: User,
    at: datetime,
) -> SalesRequest:  # fmt: skip
    """A new request of a mail.

    :raises Unsortable: if somebody was faster, or the contact is of another account.
    """
    _mine(row)
    if contact is not None and account is not None and contact.account_id != account.pk:
        raise Unsortable(f"{contact} is not of {account}.")
    customer = account or (contact.account if contact else None)
    requester = (customer.owner if customer else None) or by
    request = posting.open_request(
        row,
        read(bytes(row.raw.data)),
        kind,
        requester,
        contact=contact,
        by=by,
        at=at,
        account=account,
    )
    _settle(row, Incoming.Status.FILED, "requested", by=by, at=at)
    return request


@transaction.atomic
def into_conversation(row: Incoming, *, thread: Thread, by: User, at: datetime) -> None:
    """Put a mail into a conversation as the customer's words.

    :raises Unsortable: if somebody was faster, or it says nothing.
    """
    _mine(row)
    contact = senders.contact_of(row.address)
    known = contact if contact and contact.account_id == thread.account_id else None
    row.thread, row.contact = thread, known
    try:
        posting.post(row, read(bytes(row.raw.data)), senders.Place(thread, contact=known), at=at)
    except (comms.Unsendable, IllegalMove) as refusal:
        raise Unsortable(str(refusal)) from refusal
    _settle(row, Incoming.Status.FILED, "filed", by=by, at=at)


@transaction.atomic
def ignore(row: Incoming, *, block: bool, by: User, at: datetime) -> None:
    """It is nobody's work; `block`: nor is anything else of this sender.

    :raises Unsortable: if somebody was faster.
    """
    _mine(row)
    if block and row.address:
        Blocked.objects.get_or_create(address=row.address, defaults={"at": at, "by": by})
    row.why = "The sender is blocked." if block else ""
    _settle(row, Incoming.Status.IGNORED, "ignored", by=by, at=at)
