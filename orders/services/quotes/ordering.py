"""An order from a quote, whole or in part: nothing is typed again."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from orders.models import (
    Order,
    OrderLine,
    PriceSource,
    QuoteFamily,
    QuoteLine,
    QuoteRevision,
    Status,
)
from orders.services import drafts
from orders.services.errors import BadLine, Unusable
from orders.services.quotes.base import lock
from people.models import User


@transaction.atomic
def convert(
    quote: QuoteFamily, *, by: User | None, at: datetime,
    quantities: Mapping[int, Decimal] | None = None, revision: QuoteRevision | None = None,
    po_number: str = "",
) -> Order:  # fmt: skip
    """A draft with the quote's lines at the quote's prices: all that is not ordered yet, or of each
    line (by key) as much as `quantities` says. Confirming it wins the quote.

    :raises Unusable: for a draft, or when nothing is left of it.
    :raises BadLine: for more than was quoted and not ordered yet.
    """
    lock(quote)
    if quote.status == QuoteFamily.Status.DRAFT:
        raise Unusable(f"Send {quote.number} to the customer first; it is still a draft.")
    source = revision or current(quote)
    left = left_of(source) if source else {}
    wanted = left if quantities is None else {k: q for k, q in quantities.items() if q > 0}
    lines = [
        _data(line, wanted[line.pk], left.get(line.pk, Decimal(0)))
        for line in (source.lines.order_by("position") if source else ())
        if line.product_id is not None and wanted.get(line.pk)
    ]
    if not lines and source is not None and source.lines.filter(product__isnull=False).exists():
        raise Unusable(f"All of {quote.number} is ordered already.")
    return drafts.create(
        quote.account, lines=lines, by=by, at=at, currency=quote.currency, quote=quote,
        contact=quote.contact, rep=quote.rep, team=by.team if by is not None else None,
        payment_terms=source.payment_terms if source else "", po_number=po_number,
    )  # fmt: skip


def current(quote: QuoteFamily) -> QuoteRevision | None:
    """The revision that counts: the accepted one, else the newest that the customer has."""
    rows = quote.revisions.exclude(status__in=["draft", "waiting", "superseded"])
    accepted = rows.filter(status="accepted").first()
    return accepted or rows.order_by("-number").first()


def left_of(revision: QuoteRevision) -> dict[int, Decimal]:
    """What of each product line is in no order yet: {line: quantity}."""
    ordered = dict(
        OrderLine.objects.filter(quote_line__revision=revision)
        .exclude(order__status=Status.CANCELLED)
        .values_list("quote_line")
        .annotate(total=Sum("quantity"))
    )
    rows = revision.lines.filter(product__isnull=False).values_list("pk", "quantity")
    return {pk: max(quantity - ordered.get(pk, Decimal(0)), Decimal(0)) for pk, quantity in rows}


def _data(line: QuoteLine, quantity: Decimal, left: Decimal) -> dict[str, object]:
    if quantity > left:
        raise BadLine(f"Line {line.position}: {left.normalize():f} of the quote are left to order.")
    return {
        "product_id": line.product_id, "quantity": quantity, "unit_price": line.unit_price,
        "discount_percent": line.discount_percent, "price_source": PriceSource.QUOTE,
        "price_why": f"Quote {line.revision.family.number}"[:200], "quote_line": line.pk,
    }  # fmt: skip
