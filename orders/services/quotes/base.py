"""What the steps of a quote share."""

from datetime import datetime
from typing import Any

from journal import services as journal
from orders.models import QuoteFamily, QuoteRevision, RevisionStatus
from people.models import User

CURRENT = (RevisionStatus.SENT, RevisionStatus.EXPIRED, RevisionStatus.DECLINED)


def lock(quote: QuoteFamily) -> None:
    """The family first, always; its revisions change only under this lock."""
    quote.refresh_from_db(from_queryset=QuoteFamily.objects.select_for_update(of=("self",)))


def lock_revision(revision: QuoteRevision) -> QuoteFamily:
    """Lock its family, and read the revision again; returns the family."""
    family = revision.family
    lock(family)
    revision.refresh_from_db()
    revision.family = family
    return family


def record(
    action: str, quote: QuoteFamily, *, by: User | None, at: datetime,
    revision: QuoteRevision | None = None, **data: Any,
) -> None:  # fmt: skip
    told = {
        "amount": str(quote.amount), "currency": quote.currency, "reason": quote.lost_reason,
        "revision": revision.number if revision else None, **data,
    }  # fmt: skip
    journal.record(
        f"orders.quote.{action}", quote, by=by, at=at, account_id=quote.account_id, data=told
    )
