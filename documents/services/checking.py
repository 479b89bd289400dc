"""What the desk says about documents that came."""

from datetime import datetime

from django.db import transaction

from documents.models import DocumentAsk, Status
from documents.services import mails, steps
from documents.services.refusals import BadAsk
from people.models import User


@transaction.atomic
def accept(row: DocumentAsk, *, by: User, at: datetime, seen: int | None = None) -> None:
    """They are good, or came another way: all links die.

    `seen`: the newest file that `by` looked at, 0 for none; None takes whatever came.

    :raises IllegalMove: if it is closed.
    :raises ChangedMeanwhile: if another file came meanwhile.
    """
    steps.lock(row)
    steps.close(row, Status.ACCEPTED, by=by, at=at)
    steps.must_have_seen(row, seen)
    row.save(update_fields=["status", "closed_at", "closed_by"])
    steps.record("accepted", row, by=by, at=at, files=row.files.filter(round=row.round).count())


@transaction.atomic
def send_back(
    row: DocumentAsk, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> None:
    """They cannot be used: it is the customer's turn again, told by a mail with a new link.

    :raises IllegalMove: unless something came that waits to be checked.
    :raises BadAsk: without a reason; Unreachable if no mail reaches the contact any more.
    :raises ChangedMeanwhile: if another file came meanwhile.
    """
    steps.lock(row)
    row.move(Status.RETURNED)
    steps.must_have_seen(row, seen)
    row.reason = reason.strip()[:500]
    if not row.reason:
        raise BadAsk("Say what is wrong with it: the customer reads this.", "reason")
    row.round += 1
    mails.owe(row, lead=mails.returned(row), by=by, at=at)
    row.save(update_fields=["status", "reason", "round", "mails"])
    steps.record("returned", row, by=by, at=at, reason=row.reason)
