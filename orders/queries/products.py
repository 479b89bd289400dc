"""Products with what is free of them and what they cost."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from orders.models import IncomingStock, StockItem
from orders.queries.prices import list_price

AMOUNT: DecimalField[Decimal, Decimal] = DecimalField(max_digits=14, decimal_places=3)


def with_stock(rows: QuerySet[Any], currency: str, on: date) -> QuerySet[Any]:
    """Adds `free` (all warehouses) and `list_price` of the day."""
    free = (
        StockItem.objects.filter(product=OuterRef("pk"))
        .values("product")
        .annotate(free=Sum(F("on_hand") - F("reserved")))
        .values("free")
    )
    found: QuerySet[Any] = rows.annotate(
        free=Coalesce(Subquery(free, output_field=AMOUNT), Decimal(0), output_field=AMOUNT),
        list_price=list_price(currency, on),
    )
    return found


def with_counters(rows: QuerySet[Any], currency: str, on: date) -> QuerySet[Any]:
    """The same with `on_hand`, `reserved` and `coming`, for the stock page."""
    items = StockItem.objects.filter(product=OuterRef("pk")).values("product")
    coming = (
        IncomingStock.objects.filter(product=OuterRef("pk"), received_at__isnull=True)
        .values("product")
        .annotate(total=Sum("quantity"))
        .values("total")
    )
    none = Decimal(0)
    found: QuerySet[Any] = with_stock(rows, currency, on).annotate(
        on_hand=Coalesce(Subquery(items.annotate(n=Sum("on_hand")).values("n")), none),
        reserved=Coalesce(Subquery(items.annotate(n=Sum("reserved")).values("n")), none),
        coming=Coalesce(Subquery(coming), none),
    )
    return found


def low_only(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Products of which less is free in some warehouse than its reorder level."""
    low = StockItem.objects.filter(reorder_level__gt=F("on_hand") - F("reserved"))
    found: QuerySet[Any] = rows.filter(pk__in=low.values("product"))
    return found
