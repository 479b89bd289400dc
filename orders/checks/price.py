"""Does the price agree with the list of today, or with the quote that the customer has?"""

from collections.abc import Iterator

from kit.markup import money
from orders.checks.case import Case, CheckedLine, Finding, Fix, plain
from orders.models import IssueKind, PriceSource

TITLE = "prices"
AGREED = (PriceSource.QUOTE, PriceSource.AGREEMENT, PriceSource.IMPORT)


def look(case: Case) -> Iterator[Finding]:
    quote = case.order.quote
    if quote is not None:
        if quote.currency == case.order.currency and quote.amount != case.order.net:
            yield _differs_from_quote(case)
        return  # the quote was agreed as a whole; its lines owe the list nothing
    for line in case.lines:
        if line.price_source not in AGREED:
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
    elif line.unit_price != line.list_price or line.discount_percent:
        listed = money(line.list_price, currency)
        off = f" less {plain(line.discount_percent)} %" if line.discount_percent else ""
        typed = line.price_source == PriceSource.MANUAL or line.discount_percent
        yield Finding(
            IssueKind.PRICE,
            f"{where} costs {asked}{off}; the list says {listed}.",
            "It was typed by hand." if typed else "The list changed after the line was drafted.",
            about,
            line.pk,
            fixes=(Fix("use_list_price", f"Use the list price, {listed}"),),
        )
