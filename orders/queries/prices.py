"""What a product costs on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Upper
from django.utils import timezone

from orders.models import Price, Product


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
    wanted = Q(pk__in=ids) if ids else Q()
    rows = Product.objects.all()
    if skus:
        rows = rows.annotate(upper_sku=Upper("sku"))
        wanted |= Q(upper_sku__in=skus)
    if not wanted:
        return []
    found = rows.filter(wanted).values_list("pk", "sku", list_price(currency, on))
    return [Listed(*row) for row in found.order_by("pk")]
