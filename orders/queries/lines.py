"""Lines of an order with what pages and checks need of their products: one query."""

from datetime import date
from typing import Final

from django.db import connection

from orders.checks.case import CheckedLine
from orders.models import Order
from orders.queries.prices import PRICE_OF_THE_DAY

# Written out: every order that is placed, checked or confirmed reads this.
CHECKED: Final = f"""
SELECT l.id, l.position, l.product_id, l.quantity, l.reserved, l.unit_price, l.price_source,
    l.discount_percent, p.sku, p.name, p.unit, p.pack_size, p.minimum_quantity, p.discontinued,
    {PRICE_OF_THE_DAY}
FROM orders_orderline l JOIN orders_product p ON p.id = l.product_id
WHERE l.order_id = %(order)s ORDER BY l.position
"""  # noqa: S608 - a constant of ours


def checked_lines(order: Order, on: date) -> list[CheckedLine]:
    """The lines by position, each with the list price of `on`."""
    with connection.cursor() as sql:
        sql.execute(CHECKED, {"order": order.pk, "currency": order.currency, "on": on})
        return [CheckedLine(*row) for row in sql.fetchall()]
