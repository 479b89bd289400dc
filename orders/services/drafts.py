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
from orders.models import Order, OrderLine, PriceSource, QuoteFamily, Status
from orders.queries.prices import Listed, listed, portal_day
from orders.services.errors import BadLine, Closed, UnknownProduct, Unusable
from people.models import Team, User

LARGEST: Final = Decimal(10) ** 11  # what numeric(16,4) and a person can still read
EDITABLE: Final = (Status.DRAFT, Status.CHECKED)
DETAILS: Final = (
    "po_number", "wanted_on", "contact", "ship_name", "ship_street", "ship_postcode", "ship_city",
    "ship_country",
)  # fmt: skip

LineData = Mapping[str, Any]


@dataclass(frozen=True)
class Terms:
    """What a line costs and why: typed by hand, or the list price of the day."""

    unit_price: Decimal
    source: PriceSource
    list_price: Decimal | None
    discount: Decimal


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
) -> Order:
    """A draft with its lines: {"sku" or "product_id", "quantity"} and, if not the list price,
    "unit_price"; "discount_percent" in percent.

    :raises UnknownProduct: naming every SKU that we do not have.
    :raises BadLine: for a quantity of nothing or a total beyond what fits.
    """
    return create(
        account, lines=lines, by=by, at=at, contact=contact, rep=rep, team=team,
        po_number=po_number, wanted_on=wanted_on, quote=quote, currency=currency,
    )  # fmt: skip


def create(
    account: Account, *, lines: Sequence[LineData], by: User | None, at: datetime, currency: str,
    quote: QuoteFamily | None, **details: Any,
) -> Order:  # fmt: skip
    """The body of `create_draft`, for callers that hold the transaction already."""
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
    drafted = _draft_lines(order, lines, at)
    order.net = _sum(line.net for line in drafted)
    order.save(force_insert=True)
    OrderLine.objects.bulk_create(drafted)
    journal.record(
        "orders.order.created", order, by=by, at=at, account_id=account.pk,
        data={"lines": len(drafted), "net": str(order.net), "quote": quote.pk if quote else None},
    )  # fmt: skip
    return order


@transaction.atomic
def add_line(
    order: Order, *, product: int | str, quantity: Decimal, by: User | None, at: datetime,
    unit_price: Decimal | None = None, discount_percent: Decimal = Decimal(0),
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
    line = _draft_lines(order, [data], at)[0]
    line.position = 1 + (order.lines.aggregate(last=Max("position"))["last"] or 0)
    line.save(force_insert=True)
    _changed(order, by, at, {"added": line.product_id, "quantity": str(quantity)})
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
    if quantity is not None:
        line.quantity = quantity
    if unit_price is not None and unit_price != line.unit_price:
        line.unit_price = unit_price
        same = unit_price == line.list_price
        line.price_source = PriceSource.LIST if same else PriceSource.MANUAL
    if discount_percent is not None:
        line.discount_percent = discount_percent
    _price(line, order.currency)
    line.save(update_fields=["quantity", "unit_price", "price_source", "discount_percent", "net"])
    _changed(order, by, at, {"changed": line.pk, "quantity": str(line.quantity)})


@transaction.atomic
def use_list_price(line: OrderLine, *, by: User | None, at: datetime) -> None:
    """Put the list price of the day on a line, without discount.

    :raises BadLine: if the product is on no list.
    """
    order = line.order
    lock_for_edit(order)
    found = listed(order.currency, portal_day(at), ids=[line.product_id])
    price = found[0].list_price if found else None
    if price is None:
        raise BadLine(f"{line.product.sku} has no list price in {order.currency}; type one.")
    line.unit_price = line.list_price = price
    line.price_source, line.discount_percent = PriceSource.LIST, Decimal(0)
    _price(line, order.currency)
    line.save(update_fields=["unit_price", "list_price", "price_source", "discount_percent", "net"])
    _changed(order, by, at, {"changed": line.pk, "unit_price": str(price)})


@transaction.atomic
def remove_line(line: OrderLine, *, by: User | None, at: datetime) -> None:
    order = line.order
    lock_for_edit(order)
    product = line.product_id
    line.issues.update(line=None)  # what was found about it stays, and the next check settles it
    line.delete()
    _changed(order, by, at, {"removed": product})


@transaction.atomic
def set_details(order: Order, *, by: User | None, at: datetime, **fields: Any) -> None:
    """Change PO, wanted date, contact or ship-to; nothing is written when nothing differs.

    :raises Closed: once the order is confirmed.
    """
    lock_for_edit(order)
    changed = {n: v for n, v in fields.items() if n in DETAILS and getattr(order, n) != v}
    if not changed:
        return
    data = {n: [str(getattr(order, n)), str(v)] for n, v in changed.items()}
    for name, value in changed.items():
        setattr(order, name, value)
    order.save(update_fields=list(changed))
    _changed(order, by, at, data)


def lock(order: Order) -> None:
    """Lock the row and read it again: always before a decision."""
    order.refresh_from_db(from_queryset=Order.objects.select_for_update(of=("self",)))


def lock_for_edit(order: Order) -> None:
    lock(order)
    if order.status not in EDITABLE:
        state = Status(order.status).label.lower()
        raise Closed(f"{order.number} is {state}: its lines and details stand. Cancel it instead.")


def _changed(order: Order, by: User | None, at: datetime, data: Mapping[str, Any]) -> None:
    """After an edit: new total, next version, and the checks have to look again."""
    order.net = _fits(order.lines.aggregate(net=Sum("net"))["net"] or Decimal(0))
    order.version += 1
    if order.status == Status.CHECKED:
        order.move(Status.DRAFT)
    order.save(update_fields=["net", "version", "status"])
    journal.record(
        "orders.order.changed", order, by=by, at=at, account_id=order.account_id, data=data
    )


def _draft_lines(order: Order, lines: Sequence[LineData], at: datetime) -> list[OrderLine]:
    """Lines with prices, from one query for all products."""
    ids = [line["product_id"] for line in lines if line.get("product_id") is not None]
    skus = [str(line["sku"]).upper() for line in lines if line.get("product_id") is None]
    found = listed(order.currency, portal_day(at), ids=ids, skus=skus)
    by_id = {item.pk: item for item in found}
    by_sku = {item.sku.upper(): item for item in found}
    drafted, unknown = [], []
    for position, data in enumerate(lines, 1):
        pk = data.get("product_id")
        item = by_sku.get(str(data["sku"]).upper()) if pk is None else by_id.get(pk)
        if item is None:
            unknown.append(str(data.get("sku") or pk))
        else:
            drafted.append(_line(order, position, item, data))
    if unknown:
        raise UnknownProduct(f"We have no product {', '.join(unknown)}.")
    return drafted


def _line(order: Order, position: int, item: Listed, data: LineData) -> OrderLine:
    terms = _terms(item, data)
    line = OrderLine(
        order=order,
        position=position,
        product_id=item.pk,
        quantity=Decimal(data["quantity"]),
        unit_price=terms.unit_price,
        price_source=terms.source,
        list_price=terms.list_price,
        discount_percent=terms.discount,
    )
    _price(line, order.currency)
    return line


def _terms(item: Listed, data: LineData) -> Terms:
    price = data.get("unit_price")
    discount = Decimal(data.get("discount_percent") or 0)
    if price is None:
        amount, source = item.list_price or Decimal(0), PriceSource.LIST
    else:
        amount = Decimal(price)
        source = PriceSource.LIST if amount == item.list_price else PriceSource.MANUAL
    return Terms(amount, PriceSource(data.get("price_source") or source), item.list_price, discount)


def _price(line: OrderLine, currency: str) -> None:
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
