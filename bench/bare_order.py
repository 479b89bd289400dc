"""The practical limit of placing an order: the same SQL, and nothing else around it."""

import json
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from journal.idempotency import KEEP, RESERVE
from journal.services import APPEND
from orders.queries.availability import FREE
from orders.queries.lines import CHECKED
from orders.queries.payload import LINES
from orders.queries.policy import READ
from orders.queries.prices import OFFERED
from orders.services import stock

ACCOUNT = "SELECT * FROM crm_account WHERE id = %s"
CONTACT = "SELECT * FROM crm_contact WHERE account_id = %s AND id = %s"
ORDER = """
INSERT INTO orders_order (number, account_id, contact_id, status, po_number, currency, net,
    ship_name, ship_street, ship_postcode, ship_city, ship_country, hold_reason, source, version,
    placed_at) VALUES (%s, %s, %s, 'draft', '', 'EUR', 497.5, 'a', 'b', 'c', 'd', 'e', '', 'bare', 1,
    now()) RETURNING id
"""
LINE = """
INSERT INTO orders_orderline (order_id, position, product_id, quantity, unit_price, price_source,
    discount_percent, net, reserved, shipped, price_why)
SELECT %s, n, p, 1, 99.5, 'list', 0, 99.5, 0, 0, 'Bench'
FROM unnest(%s::bigint[]) WITH ORDINALITY AS u(p, n) RETURNING id
"""
OWED = """
SELECT sum(net) FROM orders_order
WHERE account_id = %s AND currency = 'EUR' AND status IN ('confirmed', 'handed_off', 'shipped')
"""
CONFIRM = """
UPDATE orders_order SET status = 'confirmed', checked_at = now(), confirmed_at = now(),
    warehouse_id = %s, approval_needed = false WHERE id = %s
"""


@csrf_exempt
@login_not_required
@transaction.atomic
def bare_order(request: HttpRequest) -> JsonResponse:
    """Create, check, confirm, reserve, three journal entries, one key: statement after statement."""
    body = json.loads(request.body)
    at, account = datetime.now(UTC), body["account"]
    with connection.cursor() as sql:
        sql.execute(RESERVE, [0, request.headers["Idempotency-Key"], "x" * 64])
        key = sql.fetchone()[0]
        sql.execute(ACCOUNT, [account])
        sql.execute(CONTACT, [account, body["contact"]])
        sql.execute("SELECT nextval('orders_order_number')")
        number = f"SO-{sql.fetchone()[0]}"
        buyer = {"account": account, "segment": "standard", "currency": "EUR", "on": at.date()}
        skus = [line["sku"] for line in body["lines"]]
        sql.execute(OFFERED, {**buyer, "ids": [None] * len(skus), "skus": skus,
                              "quantities": [1] * len(skus)})  # fmt: skip
        products = [row[1] for row in sql.fetchall()]
        sql.execute(ORDER, [number, account, body["contact"]])
        order = sql.fetchone()[0]
        sql.execute(LINE, [order, products])
        _journal(sql, "created", order, at)
        sql.execute(CHECKED, {**buyer, "order": order})
        lines = [row[0] for row in sql.fetchall()]
        sql.execute(FREE, {"products": products, "house": None})
        house = sql.fetchall()[0][0]
        sql.execute(READ)
        sql.execute(
            "SELECT 1 FROM orders_order WHERE account_id = %s AND po_number = '-'", [account]
        )
        _journal(sql, "checked", order, at)
        sql.execute(CONFIRM, [house, order])
        sql.execute(stock.LOCK, {"house": house, "products": products})
        items = {row[0]: row[1] for row in sql.fetchall()}
        sql.execute(stock.RESERVE, {"lines": lines, "items": [items[p] for p in products],
                                    "quantities": [1] * len(lines), "by": None, "at": at})  # fmt: skip
        _journal(sql, "confirmed", order, at)
        sql.execute(LINES, [order])
        told = [list(row) for row in sql.fetchall()]
        reply = json.dumps({"id": order, "lines": told}, default=str)
        sql.execute(KEEP, [201, reply, key])
    return JsonResponse(json.loads(reply), status=201)


def _journal(sql: Any, word: str, order: int, at: datetime) -> None:
    sql.execute(APPEND, {
        "at": at, "action": f"orders.order.{word}", "actor_id": None, "actor_name": "bare",
        "subject_type": "orders.order", "subject_id": order, "subject_name": "bare",
        "account_id": None, "data": "{}",
    })  # fmt: skip
