"""Lines of an order with what pages and checks need of their products: one query."""

from datetime import date
from typing import Final

from django.db import connection

from orders.checks.case import CheckedLine
from orders.models import Order, OrderLine
from orders.queries.prices import PRICED, Offer, order_buyer

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


def as_checked(line: OrderLine, offer: Offer) -> CheckedLine:
    """A line that was drafted a moment ago, from what its offer said: nothing is read again."""
    return CheckedLine(
        pk=line.pk, position=line.position, product_id=offer.pk, quantity=line.quantity,
        reserved=line.reserved, shipped=line.shipped, unit_price=line.unit_price,
        price_source=str(line.price_source), price_why=line.price_why,
        discount_percent=line.discount_percent, net=line.net, expected_on=None, sku=offer.sku,
        name=offer.name, unit=offer.unit, pack_size=offer.pack_size,
        minimum_quantity=offer.minimum_quantity, lead_time_days=offer.lead_time_days,
        discontinued=offer.discontinued, substitute_id=offer.substitute_id,
        substitute=offer.substitute, hazard=offer.hazard, export_control=offer.export_control,
        tax_class=offer.tax_class, cost=offer.cost, list_price=offer.list_price,
        list_discount=offer.discount, quoted_quantity=None, quoted_price=None,
        quoted_discount=None,
    )  # fmt: skip
