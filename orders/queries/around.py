"""What hangs on an order: shipments, returns, invoices, changes, approvals: one query for all."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection

from orders.models import Order

AROUND: Final = """
SELECT 'shipment' AS kind, id, number AS label,
    trim(carrier || ' ' || tracking_number) AS words,
    CASE WHEN delivered_at IS NULL THEN 'on the road'
         WHEN received_by = '' THEN 'delivered' ELSE 'signed by ' || received_by END AS state,
    shipped_at AS at, NULL::numeric AS amount, delivered_at IS NULL AS open
FROM orders_shipment WHERE order_id = %(order)s
UNION ALL
SELECT 'return', id, number, reason, status, asked_at, net,
    status NOT IN ('closed', 'refused')
FROM orders_orderreturn WHERE order_id = %(order)s
UNION ALL
SELECT kind, id, coalesce(number, 'requested'), reason, status, requested_at, gross,
    status IN ('requested', 'issued')
FROM orders_invoice WHERE order_id = %(order)s
UNION ALL
SELECT 'amendment', id, 'Change ' || number, reason, status, at, NULL, status = 'waiting'
FROM orders_amendment WHERE order_id = %(order)s
UNION ALL
SELECT 'approval', a.id, coalesce(u.name, 'whoever may approve'), a.note, a.status, a.asked_at,
    a.net, a.status = 'waiting'
FROM orders_approval a LEFT JOIN people_user u ON u.id = coalesce(a.decided_by_id, a.approver_id)
WHERE a.order_id = %(order)s
   OR a.amendment_id IN (SELECT id FROM orders_amendment WHERE order_id = %(order)s)
ORDER BY at, id
"""


@dataclass(frozen=True)
class Around:
    """One thing that hangs on an order, as the page lists it."""

    kind: str
    pk: int
    label: str
    words: str
    state: str
    at: datetime
    amount: Decimal | None
    open: bool


def around(order: Order) -> list[Around]:
    with connection.cursor() as sql:
        sql.execute(AROUND, {"order": order.pk})
        return [Around(*row) for row in sql.fetchall()]
