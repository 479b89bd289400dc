"""Orders as the API and pages read them: plain rows, three queries whatever the size."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from orders.models import IssueState, Order, OrderIssue

FIELDS: Final = (
    "id", "number", "status", "account", "contact", "quote", "rep", "team", "warehouse",
    "po_number", "wanted_on", "promised_on", "currency", "net", "ship_name", "ship_street",
    "ship_postcode", "ship_city", "ship_country", "hold_reason", "held_until", "payment_terms",
    "instructions", "approval_needed", "source",
    "external_id", "version", "placed_at", "checked_at", "confirmed_at", "handed_off_at",
    "shipped_at", "delivered_at", "cancelled_at",
)  # fmt: skip
LINE_FIELDS: Final = (
    "id", "position", "product", "sku", "quantity", "unit_price", "price_source", "list_price",
    "discount_percent", "net", "reserved", "shipped", "price_why", "expected_on",
)  # fmt: skip
LINES: Final = """
SELECT l.id, l.position, l.product_id, p.sku, l.quantity, l.unit_price, l.price_source,
    l.list_price, l.discount_percent, l.net, l.reserved, l.shipped, l.price_why, l.expected_on
FROM orders_orderline l JOIN orders_product p ON p.id = l.product_id
WHERE l.order_id = %s ORDER BY l.position
"""
ISSUE_FIELDS: Final = (
    "id", "line", "kind", "blocks", "state", "message", "cause", "found_at", "resolved_at",
    "override_reason",
)  # fmt: skip
DIGITS: Final = {"quantity": 3, "reserved": 3, "shipped": 3}  # of a decimal; money has four
Row = dict[str, Any]


def order_row(order: Order) -> Row:
    """The order with its lines and every issue."""
    return {**_header(order), "lines": line_rows(order), "issues": issue_rows(order)}


RAW: Final = {
    name: f"{name}_id" for name in ("account", "contact", "quote", "rep", "team", "warehouse")
}


def line_rows(order: Order) -> list[Row]:
    with connection.cursor() as sql:
        sql.execute(LINES, [order.pk])
        return [_exact(dict(zip(LINE_FIELDS, row, strict=True))) for row in sql.fetchall()]


def issue_rows(order: Order, *, only_open: bool = False) -> list[Row]:
    rows = OrderIssue.objects.filter(order=order)
    if only_open:
        rows = rows.filter(state=IssueState.OPEN)
    found = rows.order_by("pk").values(*ISSUE_FIELDS, "data")
    return [_with_fixes(row) for row in found]


def placed_row(order: Order, issues: Iterable[OrderIssue]) -> Row:
    """A new order with its open issues at hand: one query, for the lines."""
    told = [
        _with_fixes({"line": i.line_id, "data": i.data, **{n: getattr(i, n) for n in SIMPLE}})
        for i in issues
    ]
    return {**_header(order), "lines": line_rows(order), "issues": told}


SIMPLE: Final = tuple(name for name in ISSUE_FIELDS if name != "line")


def _with_fixes(row: Row) -> Row:
    data = row.pop("data")
    fixes = [{"code": f["code"], "label": f["label"]} for f in data.get("fixes", [])]
    return {**row, "why": data.get("why", ""), "fixes": fixes}


def _header(order: Order) -> Row:
    return _exact({name: getattr(order, RAW.get(name, name)) for name in FIELDS})


def _exact(row: Row) -> Row:
    """Decimals as strings, as serializers write them: JSON numbers would round."""
    return {
        name: f"{value:.{DIGITS.get(name, 4)}f}" if isinstance(value, Decimal) else value
        for name, value in row.items()
    }
