"""Drafting orders: header, lines, prices from the list of the day, totals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max, Sum

from crm.models import Account, Contact
from journal import services as journal
from kit.money import line_total
from orders.checks.case import CheckedLine
from orders.models import Order, OrderLine, PriceSource, QuoteFamily, Status
from orders.queries.lines import as_checked
from orders.queries.prices import Offer, Wanted, buyer, offers
from orders.services.errors import BadLine, Closed, UnknownProduct, Unusable
from people.models import Team, User

LARGEST: Final = Decimal(10) ** 11  # what numeric(16,4) and a person can still read
EDITABLE: Final = (Status.DRAFT, Status.CHECKED)
DETAILS: Final = (
    "po_number", "wanted_on", "contact", "ship_name", "ship_street", "ship_postcode", "ship_city",
    "ship_country", "payment_terms", "instructions",
)  # fmt: skip
MOST_LINES: Final = 1000  # what one order and a screen can carry; more is several orders

PRICED_FIELDS: Final = (
    "quantity", "unit_price", "list_price", "price_source", "price_why", "discount_percent", "net",
)  # fmt: skip
TOO_MANY: Final = f"An order has at most {MOST_LINES:,} lines. Make several of it."

LineData = Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """An order that was drafted a moment ago."""

    order: Order
    lines: Sequence[CheckedLine]


@transaction.atomic
def create_draft(
    account: Account,
    *,
    lines: Sequence[LineData],
    by: User | None,
    at: datetime,
    contact: Contact | None = None,
    rep: User | None = None,
    team: Team | None = None,
    po_number: str = "",
    wanted_on: date | None = None,
    quote: QuoteFamily | None = None,
    currency: str = "",
    payment_terms: str = "",
    instructions: str = "",
) -> Order:
    """A draft with its lines: {"sku" or "product_id", "quantity"} and, if not the list price,
    "unit_price"; "discount_percent" in percent.

    :raises UnknownProduct: naming every SKU that we do not have.
    :raises BadLine: for a quantity of nothing or a total beyond what fits.
    """
    return create(
        account, lines=lines, by=by, at=at, contact=contact, rep=rep, team=team,
        po_number=po_number, wanted_on=wanted_on, quote=quote, currency=currency,
        payment_terms=payment_terms, instructions=instructions,
    )  # fmt: skip


def create(
    account: Account, *, lines: Sequence[LineData], by: User | None, at: datetime, currency: str,
    quote: QuoteFamily | None, **details: Any,
) -> Order:  # fmt: skip
    """The body of `create_draft`, for callers that hold the transaction already."""
    return write_draft(
        account, lines=lines, by=by, at=at, currency=currency, quote=quote, **details
    ).order


def write_draft(
    account: Account, *, lines: Sequence[LineData], by: User | None, at: datetime, currency: str,
    quote: QuoteFamily | None, **details: Any,
) -> Draft:  # fmt: skip
    """The draft with its lines as the checks want them, which read nothing again."""
    if quote is not None and quote.status == QuoteFamily.Status.DRAFT:
        raise Unusable(f"Send {quote.number} to the customer first; it is still a draft.")
    order = Order(
        number=f"SO-{next_number('orders_order_number')}",
        account=account,
        quote=quote,
        coordinator=by if by is not None and by.has_perm("orders.change_order") else None,
        currency=currency or account.currency,
        placed_at=at,
        **{**ship_to(account), **details},
    )
    drafted = _drafted(order, lines, at)
    order.net = _sum(line.net for line, _ in drafted)
    order.save(force_insert=True)
    OrderLine.objects.bulk_create(line for line, _ in drafted)
    journal.record(
        "orders.order.created", order, by=by, at=at, account_id=account.pk,
        data={"lines": len(drafted), "net": str(order.net), "quote": quote.pk if quote else None},
    )  # fmt: skip
    return Draft(order, [as_checked(line, offer) for line, offer in drafted])


@transaction.atomic
def add_line(
    order: Order, *, product: int | str, quantity: Decimal, by: User | None, at: datetime,
    unit_price: Decimal | None = None, discount_percent: Decimal | None = None,
) -> OrderLine:  # fmt: skip
    """Add a line at the end; `product` is a primary key or a SKU.

    :raises UnknownProduct:
    :raises Closed: once the order is confirmed.
    """
    lock_for_edit(order)
    key = "product_id" if isinstance(product, int) else "sku"
    data = {
        key: product, "quantity": quantity, "unit_price": unit_price,
        "discount_percent": discount_percent,
    }  # fmt: skip
    if order.lines.count() >= MOST_LINES:
        raise BadLine(TOO_MANY)
    line = draft_lines(order, [data], at)[0]
    line.position = 1 + (order.lines.aggregate(last=Max("position"))["last"] or 0)
    line.save(force_insert=True)
    changed(order, by, at, {"added": line.product_id, "quantity": str(quantity)})
    return line


@transaction.atomic
def change_line(
    line: OrderLine, *, by: User | None, at: datetime, quantity: Decimal | None = None,
    unit_price: Decimal | None = None, discount_percent: Decimal | None = None,
) -> None:  # fmt: skip
    """Change what is given; a price that differs from before counts as typed by hand.

    :raises Closed: once the order is confirmed.
    """
    order = line.order
    lock_for_edit(order)
    line.refresh_from_db()
    by_list = line.price_source == PriceSource.LIST and unit_price in {None, line.unit_price}
    before = line.quantity
    if quantity is not None:
        line.quantity = quantity
    if discount_percent is not None:
        line.discount_percent = discount_percent
    if unit_price is not None and unit_price != line.unit_price:
        line.unit_price = unit_price
        same = unit_price == line.list_price
        line.price_source = PriceSource.LIST if same else PriceSource.MANUAL
        line.price_why = line.price_why if same else ""
    if by_list and line.quantity != before:
        _follow_breaks(line, at, before)
    price_line(line, order.currency)
    line.save(update_fields=PRICED_FIELDS)
    changed(order, by, at, {"changed": line.pk, "quantity": str(line.quantity)})


@transaction.atomic
def use_list_price(line: OrderLine, *, by: User | None, at: datetime) -> None:
    """Put the price of the day on a line, with the discount that the customer gets anyway.

    :raises BadLine: if the product is on no list.
    """
    order = line.order
    lock_for_edit(order)
    line.refresh_from_db()
    if not _follow_breaks(line, at):
        raise BadLine(f"{line.product.sku} has no list price in {order.currency}; type one.")
    price_line(line, order.currency)
    line.save(update_fields=PRICED_FIELDS)
    changed(order, by, at, {"changed": line.pk, "unit_price": str(line.unit_price)})


def _follow_breaks(line: OrderLine, at: datetime, before: Decimal | None = None) -> bool:
    """The list's price for the line's quantity; False when no list has the product.

    A discount that was typed, so another than the list gave for the quantity `before`, stays.
    """
    order = line.order
    wanted = [Wanted(quantity, line.product_id) for quantity in (line.quantity, before) if quantity]
    found = offers(buyer(order.account, order.currency, at), wanted)
    offer, earlier = found.get(0), found.get(1)
    if offer is None or offer.list_price is None:
        return False
    line.unit_price = line.list_price = offer.list_price
    line.price_source, line.price_why = PriceSource.LIST, offer.why
    if earlier is None or line.discount_percent == earlier.discount:
        line.discount_percent = offer.discount
    return True


@transaction.atomic
def remove_line(line: OrderLine, *, by: User | None, at: datetime) -> None:
    order = line.order
    lock_for_edit(order)
    product = line.product_id
    line.issues.update(line=None)  # what was found about it stays, and the next check settles it
    line.delete()
    changed(order, by, at, {"removed": product})


@transaction.atomic
def set_details(order: Order, *, by: User | None, at: datetime, **fields: Any) -> None:
    """Change PO, wanted date, contact or ship-to; nothing is written when nothing differs.

    :raises Closed: once the order is confirmed.
    """
    lock_for_edit(order)
    new = {n: v for n, v in fields.items() if n in DETAILS and getattr(order, n) != v}
    if not new:
        return
    data = {n: [str(getattr(order, n)), str(v)] for n, v in new.items()}
    for name, value in new.items():
        setattr(order, name, value)
    order.save(update_fields=list(new))
    changed(order, by, at, data)


def lock(order: Order) -> None:
    """Lock the row and read it again: always before a decision."""
    order.refresh_from_db(from_queryset=Order.objects.select_for_update(of=("self",)))


def lock_for_edit(order: Order) -> None:
    lock(order)
    if order.status not in EDITABLE:
        state = Status(order.status).label.lower()
        raise Closed(f"{order.number} is {state}: its lines and details stand. Cancel it instead.")


def changed(order: Order, by: User | None, at: datetime, data: Mapping[str, Any]) -> None:
    """After an edit: new total, next version, and the checks have to look again."""
    order.net = _fits(order.lines.aggregate(net=Sum("net"))["net"] or Decimal(0))
    order.version += 1
    if order.status == Status.CHECKED:
        order.move(Status.DRAFT)
    order.save(update_fields=["net", "version", "status"])
    journal.record(
        "orders.order.changed", order, by=by, at=at, account_id=order.account_id, data=data
    )


def draft_lines(order: Order, lines: Sequence[LineData], at: datetime) -> list[OrderLine]:
    """Lines with prices, from one query for all products."""
    return [line for line, _ in _drafted(order, lines, at)]


def _drafted(
    order: Order, lines: Sequence[LineData], at: datetime
) -> list[tuple[OrderLine, Offer]]:
    if len(lines) > MOST_LINES:
        raise BadLine(TOO_MANY)
    wanted = [_wanted(line) for line in lines]
    found = offers(buyer(order.account, order.currency, at), wanted) if wanted else {}
    missing = [
        str(d.get("sku") or d.get("product_id")) for i, d in enumerate(lines) if i not in found
    ]
    if missing:
        raise UnknownProduct(f"We have no product {', '.join(dict.fromkeys(missing))}.")
    return [(_line(order, i + 1, found[i], data), found[i]) for i, data in enumerate(lines)]


def _wanted(data: LineData) -> Wanted:
    quantity, pk = Decimal(data["quantity"]), data.get("product_id")
    sku = None if pk is not None else str(data["sku"]).strip().upper()
    return Wanted(quantity, pk, sku)


def _line(order: Order, position: int, offer: Offer, data: LineData) -> OrderLine:
    line = OrderLine(
        order=order,
        position=position,
        product_id=offer.pk,
        quantity=Decimal(data["quantity"]),
        list_price=offer.list_price,
        quote_line_id=data.get("quote_line"),
        **terms(offer, data),
    )
    price_line(line, order.currency)
    return line


def terms(offer: Offer, data: LineData) -> dict[str, Any]:
    """What a line costs and why: typed by hand, or the list price of the day."""
    price, off = data.get("unit_price"), data.get("discount_percent")
    by_list = price is None or Decimal(price) == offer.list_price
    amount = offer.list_price or Decimal(0) if price is None else Decimal(price)
    if off is None:
        off = offer.discount if price is None else 0
    source = PriceSource.LIST if by_list else PriceSource.MANUAL
    return {
        "unit_price": amount,
        "discount_percent": Decimal(off),
        "price_source": PriceSource(data.get("price_source") or source),
        "price_why": data.get("price_why") or (offer.why if by_list else ""),
    }


def price_line(line: OrderLine, currency: str) -> None:
    """The line's net, from quantity, price and discount.

    :raises BadLine: for a quantity of nothing, or an amount beyond what fits.
    """
    if line.quantity <= 0:
        raise BadLine("A line needs a quantity above 0.")
    line.net = _fits(line_total(line.quantity, line.unit_price, line.discount_percent, currency))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return _fits(sum(amounts, Decimal(0)))


def _fits(amount: Decimal) -> Decimal:
    if amount >= LARGEST:
        raise BadLine("That total is too large. Check quantity and price.")
    return amount


def ship_to(account: Account) -> dict[str, str]:
    """The account's own address, as fields of an order."""
    return {
        "ship_name": account.name,
        "ship_street": account.street,
        "ship_postcode": account.postcode,
        "ship_city": account.city,
        "ship_country": account.country,
    }


def next_number(sequence: str) -> int:
    """The next of a sequence; a number is never given twice."""
    with connection.cursor() as sql:
        sql.execute("SELECT nextval(%s)", [sequence])
        return int(sql.fetchone()[0])
