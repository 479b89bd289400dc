"""Lines of an order with what pages and checks need of their products: one query."""

from datetime import date

from django.db.models import F

from orders.checks.case import CheckedLine
from orders.models import Order, OrderLine
from orders.queries.prices import list_price

PLAIN = (
    "pk", "position", "product_id", "quantity", "reserved", "unit_price", "price_source",
    "discount_percent",
)  # fmt: skip


def checked_lines(order: Order, on: date) -> list[CheckedLine]:
    """The lines by position, each with the list price of `on`."""
    rows = (
        OrderLine.objects.filter(order=order)
        .annotate(
            sku=F("product__sku"),
            name=F("product__name"),
            unit=F("product__unit"),
            pack_size=F("product__pack_size"),
            minimum_quantity=F("product__minimum_quantity"),
            discontinued=F("product__discontinued"),
            today_price=list_price(order.currency, on, "product_id"),
        )
        .order_by("position")
        .values_list(
            *PLAIN, "sku", "name", "unit", "pack_size", "minimum_quantity", "discontinued",
            "today_price",
        )
    )  # fmt: skip
    return [CheckedLine(*row) for row in rows]
