"""What a country takes, by class of product, on a day."""

from datetime import date
from decimal import Decimal
from typing import Final

from django.db import connection

from kit.money import Totals, totals
from orders.models import Order

# A country's own rate before the one for everywhere, the latest before older ones.
RATES: Final = """
SELECT DISTINCT ON (tax_class) tax_class, percent FROM orders_taxrate
WHERE lower(country) IN ('', lower(%s)) AND valid_from <= %s
ORDER BY tax_class, country = '', valid_from DESC
"""
OF_LINES: Final = """
SELECT l.net, p.tax_class FROM orders_orderline l JOIN orders_product p ON p.id = l.product_id
WHERE l.order_id = %s
"""


def tax_rates(country: str, on: date) -> dict[str, Decimal]:
    """Percentages by tax class; a class without a rate is not taxed."""
    with connection.cursor() as sql:
        sql.execute(RATES, [country, on])
        return dict(sql.fetchall())


def order_totals(order: Order, on: date) -> Totals:
    """Net, tax and gross of an order as it would be invoiced on a day."""
    rates = tax_rates(order.ship_country or order.account.country, on)
    with connection.cursor() as sql:
        sql.execute(OF_LINES, [order.pk])
        rows = sql.fetchall()
    return totals(((net, rates.get(kind, Decimal(0))) for net, kind in rows), order.currency)
