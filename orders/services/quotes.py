"""Quote families: draft, sent, won, lost, expired."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from crm.models import Account, Contact
from journal import services as journal
from orders.models import QuoteFamily
from orders.queries.prices import portal_day
from orders.services.drafts import LARGEST, next_number
from orders.services.errors import NoReason, Unusable
from people.models import User

Status = QuoteFamily.Status


@transaction.atomic
def create(
    account: Account, *, title: str, amount: Decimal, valid_until: date, by: User | None,
    at: datetime, currency: str = "", contact: Contact | None = None, rep: User | None = None,
) -> QuoteFamily:  # fmt: skip
    """A draft that the customer has not seen."""
    if amount >= LARGEST:
        raise Unusable("That amount is too large. Check it.")
    quote = QuoteFamily.objects.create(
        number=f"Q-{next_number('orders_quote_number')}", account=account, title=title,
        amount=amount, valid_until=valid_until, currency=currency or account.currency,
        contact=contact, rep=rep, created_at=at,
    )  # fmt: skip
    _record("orders.quote.created", quote, by=by, at=at)
    return quote


@transaction.atomic
def send(quote: QuoteFamily, *, by: User | None, at: datetime) -> None:
    """The customer has it from now on.

    :raises Unusable: if it would be expired on arrival.
    :raises QuoteMoveRefused: unless it is a draft.
    """
    _lock(quote)
    quote.move(Status.SENT)
    if quote.valid_until < portal_day(at):
        raise Unusable("It is valid until a day that has passed. Choose a later one.")
    quote.sent_at = at
    quote.save(update_fields=["status", "sent_at"])
    _record("orders.quote.sent", quote, by=by, at=at)


@transaction.atomic
def win(quote: QuoteFamily, *, by: User | None, at: datetime) -> None:
    """An order came from it; late acceptance wins too. Winning twice changes nothing.

    :raises QuoteMoveRefused: for a draft.
    """
    _lock(quote)
    if quote.status != Status.WON:
        _decide(quote, Status.WON, by=by, at=at)


@transaction.atomic
def decline(quote: QuoteFamily, *, reason: str, by: User | None, at: datetime) -> None:
    """The customer said no.

    :raises NoReason: without a reason.
    :raises QuoteMoveRefused: for a draft, and once it is won.
    """
    if not reason.strip():
        raise NoReason("Say why it was lost: the next quote is better for it.")
    _lock(quote)
    quote.lost_reason = reason.strip()[:200]
    _decide(quote, Status.LOST, by=by, at=at)


def expire_due(*, at: datetime, limit: int = 500) -> int:
    """Expire what was sent and is past its last day; never touches won or lost.

    Returns how many; call again until 0. Each commits by itself.
    """
    due = QuoteFamily.objects.overdue(portal_day(at)).order_by("pk")
    return sum(_expire(pk, at) for pk in due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _expire(pk: int, at: datetime) -> bool:
    """Under the lock the quote is looked at again: it may have been won a moment ago."""
    due = QuoteFamily.objects.overdue(portal_day(at))
    quote = due.select_for_update(skip_locked=True).filter(pk=pk).first()
    if quote is None:
        return False
    _decide(quote, Status.EXPIRED, by=None, at=at)
    return True


def _decide(quote: QuoteFamily, to: Status, *, by: User | None, at: datetime) -> None:
    quote.move(to)
    quote.decided_at = at
    quote.save(update_fields=["status", "decided_at", "lost_reason"])
    _record(f"orders.quote.{to}", quote, by=by, at=at)


def _lock(quote: QuoteFamily) -> None:
    quote.refresh_from_db(from_queryset=QuoteFamily.objects.select_for_update(of=("self",)))


def _record(action: str, quote: QuoteFamily, *, by: User | None, at: datetime) -> None:
    data = {"amount": str(quote.amount), "currency": quote.currency, "reason": quote.lost_reason}
    journal.record(action, quote, by=by, at=at, account_id=quote.account_id, data=data)
