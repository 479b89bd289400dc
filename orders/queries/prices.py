"""What a product costs on a day, for a customer, from a quantity up; and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from crm.models import Account
from orders.models import Order, Price

# The precedence of orders/models/catalogue.py, written once: the customer's own list, the
# segment's, the default; the highest break that `quantity` reaches; the latest day. Needs `p` (a
# product) and the values of `Buyer.values`; gives `price` and `off`.
PRICED: Final = """
LEFT JOIN LATERAL (
    SELECT d.amount, d.min_quantity, dl.name FROM orders_price d
    JOIN orders_pricelist dl ON dl.id = d.price_list_id
    WHERE d.product_id = p.id AND dl.currency = %(currency)s
      AND (dl.is_default OR dl.account_id = %(account)s OR dl.segment = %(segment)s)
      AND d.min_quantity <= {quantity}
      AND d.valid_from <= %(on)s AND (d.valid_until IS NULL OR d.valid_until > %(on)s)
      AND (dl.valid_from IS NULL OR dl.valid_from <= %(on)s)
      AND (dl.valid_until IS NULL OR dl.valid_until > %(on)s)
    ORDER BY dl.account_id IS NULL, dl.segment = '', d.min_quantity DESC, d.valid_from DESC, d.id
    LIMIT 1
) price ON true
LEFT JOIN LATERAL (
    SELECT f.percent, f.name FROM orders_discount f
    WHERE (f.account_id IS NULL OR f.account_id = %(account)s)
      AND f.segment IN ('', %(segment)s)
      AND (f.product_id IS NULL OR f.product_id = p.id) AND f.category IN ('', p.category)
      AND f.min_quantity <= {quantity}
      AND f.valid_from <= %(on)s AND (f.valid_until IS NULL OR f.valid_until > %(on)s)
    ORDER BY f.percent DESC, f.id LIMIT 1
) off ON true
"""
OFFERED: Final = f"""
SELECT w.place, p.id, p.sku, p.name, p.tax_class, p.cost, p.unit, p.pack_size,
    p.minimum_quantity, p.lead_time_days, p.discontinued, r.id, r.sku, p.hazard, p.export_control,
    price.amount, price.name, price.min_quantity, off.percent, off.name
FROM unnest(%(ids)s::bigint[], %(skus)s::text[], %(quantities)s::numeric[])
    WITH ORDINALITY AS w(id, sku, quantity, place)
JOIN orders_product p ON p.id = coalesce(
    w.id, (SELECT k.id FROM orders_product k WHERE upper(k.sku) = w.sku))
LEFT JOIN orders_product r ON r.id = p.replaced_by_id AND NOT r.discontinued
{PRICED.format(quantity="w.quantity")}
ORDER BY w.place
"""  # noqa: S608 - constants of ours


PRODUCT: Final = (
    "pk", "sku", "name", "tax_class", "cost", "unit", "pack_size", "minimum_quantity",
    "lead_time_days", "discontinued", "substitute_id", "substitute", "hazard", "export_control",
)  # fmt: skip


@dataclass(frozen=True)
class Buyer:
    """Who buys, in which money, on which day: what a price depends on besides the product."""

    account_id: int
    segment: str
    currency: str
    on: date

    @property
    def values(self) -> dict[str, Any]:
        return {
            "account": self.account_id, "segment": self.segment, "currency": self.currency,
            "on": self.on,
        }  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """A product, by key or (upper case) SKU, and how much of it."""

    quantity: Decimal
    product_id: int | None = None
    sku: str | None = None


@dataclass(frozen=True)
class Offer:
    """A product as the checks need it, with its list price (None when no list has it) and the
    discount that applies."""

    pk: int
    sku: str
    name: str
    tax_class: str
    cost: Decimal | None
    unit: str
    pack_size: int
    minimum_quantity: int
    lead_time_days: int
    discontinued: bool
    substitute_id: int | None
    substitute: str | None
    hazard: str
    export_control: str
    list_price: Decimal | None
    discount: Decimal
    why: str


def buyer(account: Account, currency: str, at: datetime) -> Buyer:
    return Buyer(account.pk, account.tier, currency, portal_day(at))


def order_buyer(order: Order, on: date) -> Buyer:
    return Buyer(order.account_id, order.account.tier, order.currency, on)


def portal_day(at: datetime) -> date:
    """The day that it is where the portal is; never the reader's."""
    return timezone.localdate(at, timezone.get_default_timezone())


def list_price(currency: str, on: date, product: str = "pk") -> Subquery:
    """The amount for one piece on the default list of `currency` on a day; `product` names the
    key. What a certain customer pays says `offers`."""
    return Subquery(
        Price.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=on),
            price_list__is_default=True,
            price_list__currency=currency,
            product=OuterRef(product),
            valid_from__lte=on,
            min_quantity__lte=1,
        )
        .order_by("-min_quantity", "-valid_from")
        .values("amount")[:1]
    )


def offers(who: Buyer, wanted: Sequence[Wanted]) -> dict[int, Offer]:
    """What each of `wanted` costs, by its place from 0; products that we lack are left out.

    One query, whatever the number.
    """
    values = {
        **who.values,
        "ids": [w.product_id for w in wanted],
        "skus": [w.sku for w in wanted],
        "quantities": [w.quantity for w in wanted],
    }
    with connection.cursor() as sql:
        sql.execute(OFFERED, values)
        return {row[0] - 1: _offer(row) for row in sql.fetchall()}


def _offer(row: Sequence[Any]) -> Offer:
    *product, amount, book, least, percent, discount = row[1:]
    why = why_price(book, least, percent, discount)
    told: dict[str, Any] = dict(zip(PRODUCT, product, strict=True))
    return Offer(**told, list_price=amount, discount=percent or Decimal(0), why=why)


def why_price(
    book: str | None, least: Decimal | None, percent: Decimal | None, discount: str | None
) -> str:
    """In a few words where a price comes from: the list, the break, the discount."""
    if book is None:
        return "On no price list"
    words = [book]
    if least and least > 1:
        words.append(f"from {least.normalize():f} up")
    if percent:
        words.append(f"{percent.normalize():f} % {discount}")
    return ", ".join(words)[:200]
