"""What a product costs on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from orders.models import Price

# The same as `list_price`, written out for statements that every order needs.
PRICE_OF_THE_DAY: Final = """(
    SELECT d.amount FROM orders_price d JOIN orders_pricelist dl ON dl.id = d.price_list_id
    WHERE d.product_id = p.id AND dl.is_default AND dl.currency = %(currency)s
      AND d.valid_from <= %(on)s AND (d.valid_until IS NULL OR d.valid_until > %(on)s)
    ORDER BY d.valid_from DESC LIMIT 1)"""
LISTED: Final = f"""
SELECT p.id, p.sku, {PRICE_OF_THE_DAY} FROM orders_product p
WHERE p.id = ANY(%(ids)s) OR upper(p.sku) = ANY(%(skus)s) ORDER BY p.id
"""  # noqa: S608 - a constant of ours


@dataclass(frozen=True)
class Listed:
    """A product with its list price; None when no list has it."""

    pk: int
    sku: str
    list_price: Decimal | None


def portal_day(at: datetime) -> date:
    """The day that it is where the portal is; never the reader's."""
    return timezone.localdate(at, timezone.get_default_timezone())


def list_price(currency: str, on: date, product: str = "pk") -> Subquery:
    """The amount on the default list of `currency` that holds on a day; `product` names the key."""
    return Subquery(
        Price.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=on),
            price_list__is_default=True,
            price_list__currency=currency,
            product=OuterRef(product),
            valid_from__lte=on,
        )
        .order_by("-valid_from")
        .values("amount")[:1]
    )


def listed(
    currency: str, on: date, *, ids: Sequence[int] = (), skus: Sequence[str] = ()
) -> list[Listed]:
    """Products by key or (upper case) SKU with their prices: one query."""
    values: dict[str, Any] = {
        "currency": currency, "on": on, "ids": list(ids), "skus": list(skus),
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(LISTED, values)
        return [Listed(*row) for row in sql.fetchall()]
