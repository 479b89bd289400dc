"""Does the price agree with the list of today, or with the quote that the customer has?"""

from collections.abc import Iterator
from decimal import Decimal

from kit.markup import money
from orders.checks.case import Case, CheckedLine, Finding, Fix, plain
from orders.models import IssueKind, PriceSource

CODE = "price"
TITLE = "Prices"
ABOUT = "Do the prices agree with the list of the day, or with the quote?"
AGREED = (PriceSource.QUOTE, PriceSource.AGREEMENT, PriceSource.IMPORT)


def look(case: Case) -> Iterator[Finding]:
    quote = case.order.quote
    if quote is not None and not any(line.quoted_quantity for line in case.lines):
        # The quote names no lines of its own: it was agreed as a whole.
        if quote.currency == case.order.currency and quote.amount != case.order.net:
            yield _differs_from_quote(case)
        return
    for line in case.lines:
        if line.quoted_quantity is not None:
            yield from _quoted(case, line)
        elif line.price_source not in AGREED:
            yield from _line(case, line)


def _differs_from_quote(case: Case) -> Finding:
    quote, order = case.order.quote, case.order
    if quote is None:
        raise ValueError("A case without a quote differs from none.")
    return Finding(
        IssueKind.PRICE,
        f"The lines add up to {money(order.net, order.currency)}; "
        f"{quote.number} says {money(quote.amount, quote.currency)}.",
        "The customer may have ordered a part of it. Compare the lines with the quote.",
        {"net": plain(order.net), "quote": plain(quote.amount)},
        blocks=False,
    )


def _quoted(case: Case, line: CheckedLine) -> Iterator[Finding]:
    """A line from a quote costs what the customer accepted, and is no more of it."""
    if line.as_quoted or line.quoted_price is None or line.quoted_quantity is None:
        return
    currency, off = case.order.currency, line.quoted_discount or Decimal(0)
    said = money(line.quoted_price, currency) + (f" less {plain(off)} %" if off else "")
    yield Finding(
        IssueKind.PRICE,
        f"Line {line.position}: {line.sku} was quoted as {plain(line.quoted_quantity)} at {said}; "
        f"the order says {plain(line.quantity)} at {money(line.unit_price, currency)}.",
        "The customer accepted the quote as it was. Another content needs another agreement.",
        {
            "quantity": plain(line.quantity),
            "unit_price": plain(line.unit_price),
            "discount": plain(line.discount_percent),
        },
        line.pk,
        fixes=(Fix("as_quoted", "Make it as quoted"),),
    )


def _line(case: Case, line: CheckedLine) -> Iterator[Finding]:
    currency = case.order.currency
    asked = money(line.unit_price, currency)
    about = {
        "unit_price": plain(line.unit_price),
        "discount": plain(line.discount_percent),
        "list_price": "" if line.list_price is None else plain(line.list_price),
    }
    where = f"Line {line.position}: {line.sku}"
    if line.list_price is None:
        what = f"{where} has no list price in {currency}."
        why = f"The line says {asked}. Type the agreed price, then override with who agreed it."
        yield Finding(IssueKind.PRICE, what, why, about, line.pk)
    elif (line.unit_price, line.discount_percent) != (line.list_price, line.list_discount):
        listed = money(line.list_price, currency)
        if line.list_discount:
            listed += f" less {plain(line.list_discount)} %"
        off = f" less {plain(line.discount_percent)} %" if line.discount_percent else ""
        typed = (
            line.price_source == PriceSource.MANUAL or line.discount_percent != line.list_discount
        )
        yield Finding(
            IssueKind.PRICE,
            f"{where} costs {asked}{off}; the list says {listed}.",
            "It was typed by hand." if typed else "The list changed after the line was drafted.",
            about,
            line.pk,
            fixes=(Fix("use_list_price", f"Use the list price, {listed}"),),
        )
