"""Lines of an order with what pages and checks need of their products: one query."""

from datetime import date
from typing import Final

from django.db import connection

from orders.checks.case import CheckedLine
from orders.models import Order
from orders.queries.prices import PRICED, order_buyer

# Written out: every order that is placed, checked or confirmed reads this.
CHECKED: Final = f"""
SELECT l.id, l.position, l.product_id, l.quantity, l.reserved, l.shipped, l.unit_price,
    l.price_source, l.price_why, l.discount_percent, l.net, l.expected_on, p.sku, p.name, p.unit,
    p.pack_size, p.minimum_quantity, p.lead_time_days, p.discontinued, r.id, r.sku, p.hazard,
    p.export_control, p.tax_class, p.cost, price.amount, coalesce(off.percent, 0), q.quantity,
    q.unit_price, q.discount_percent
FROM orders_orderline l JOIN orders_product p ON p.id = l.product_id
LEFT JOIN orders_product r ON r.id = p.replaced_by_id AND NOT r.discontinued
LEFT JOIN orders_quoteline q ON q.id = l.quote_line_id
{PRICED.format(quantity="l.quantity")}
WHERE l.order_id = %(order)s ORDER BY l.position
"""  # noqa: S608 - constants of ours


def checked_lines(order: Order, on: date) -> list[CheckedLine]:
    """The lines by position, each with the list price of `on`."""
    with connection.cursor() as sql:
        sql.execute(CHECKED, {"order": order.pk, **order_buyer(order, on).values})
        return [CheckedLine(*row) for row in sql.fetchall()]
