"""Figures of the trade: orders placed beside the same SQL in a bare view, lists and pages at size,
papers, promises, imports, and 32 clients on ten hot products.

    python -m bench.trade [ROWS ...]      default 10000 100000
"""

import csv
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import figures, load
from bench.__main__ import PORT, serve, show
from crm.models import Contact
from kit.paper import Column, Company, Paper, Total, render
from orders.models import Order, StockItem
from orders.queries.availability import promises
from orders.services import stock

HERE = Path(__file__).parent
ORDERS = """
INSERT INTO orders_order (number, account_id, contact_id, coordinator_id, team_id, warehouse_id,
    status, po_number, currency, net, placed_at, confirmed_at, shipped_at, delivered_at, ship_name,
    ship_street, ship_postcode, ship_city, ship_country, hold_reason, source, version)
SELECT 'B-' || i, %(account)s, %(contact)s, %(coordinator)s, %(team)s, %(house)s,
    CASE WHEN i > %(rows)s - 2000 THEN 'draft' ELSE 'delivered' END, '', 'EUR', 300, at, at, at, at,
    'Bench', 'Pump Lane 1', '1', 'Leeds', 'UK', '', 'bench', 1
FROM (SELECT i, now() - (%(rows)s - i) * interval '20 s' AS at
      FROM generate_series(1, %(rows)s) AS i) s
"""
LINES = """
INSERT INTO orders_orderline (order_id, position, product_id, quantity, unit_price, price_source,
    discount_percent, net, reserved, shipped)
SELECT o.id, n, (%(products)s::bigint[])[1 + (o.id + n) %% 10], 1, 100, 'list', 0, 100, 0,
    CASE WHEN o.status = 'delivered' THEN 1 ELSE 0 END
FROM orders_order o, generate_series(1, 3) AS n WHERE o.source = 'bench'
"""


def fill(stage: figures.Stage, rows: int) -> int:
    """Replace all orders by `rows` old ones of three lines, 2,000 of them drafts."""
    house = StockItem.objects.order_by("pk")[0].warehouse_id
    contact, _ = Contact.objects.get_or_create(
        account=stage.account, name="Bench",
        defaults={"email": "b@bench.example", "created_at": datetime.now(UTC), "no_mail": True},
    )  # fmt: skip
    products = list(StockItem.objects.order_by("pk").values_list("product_id", flat=True)[:10])
    values = {
        "rows": rows, "account": stage.account.pk, "contact": contact.pk, "house": house,
        "coordinator": stage.coordinator.pk, "team": stage.team.pk, "products": products,
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
        sql.execute("TRUNCATE orders_order, orders_stockmove CASCADE")
        sql.execute("UPDATE orders_stockitem SET reserved = 0, on_hand = %s", [figures.PLENTY])
        sql.execute("INSERT INTO orders_stockmove (item_id, kind, quantity, at, reason) SELECT id,"
                    " 'receipt', on_hand, now(), 'bench' FROM orders_stockitem")  # fmt: skip
        sql.execute(ORDERS, values)
        sql.execute(LINES, values)
        sql.execute("VACUUM ANALYZE")
    return int(contact.pk)


def measure(stage: figures.Stage, rows: int) -> Iterator[figures.Figure]:
    contact = fill(stage, rows)
    body: dict[str, Any] = {
        "account": stage.account.pk, "contact": contact, "check": True, "confirm": True,
        "lines": [{"sku": sku, "quantity": "1"} for sku in stage.skus[:5]],
    }  # fmt: skip
    bare = stage.run(stage.post("/bench/order/", body), 201)
    journey = stage.run(stage.post("/api/orders/", body), 201)
    yield figures.figure("order of 5 lines placed", rows, journey.rate, "/s", bare.rate,
                         floor=0.4, least=150)  # fmt: skip
    listed = stage.run(stage.page("/orders/"), 200, clients=1)
    yield figures.figure("list of 50 orders, p50", rows, listed.p50, "ms")
    draft = Order.objects.filter(source="bench", status="draft").order_by("-pk")[0]
    page = stage.run(stage.page(f"/orders/{draft.pk}/"), 200, clients=1)
    yield figures.figure("order page, p50", rows, page.p50, "ms")
    yield figures.figure("order page, queries", rows, queries(stage, draft), "", most=12)
    work = stage.run(stage.page("/orders/worklist/"), 200, clients=1)
    yield figures.figure("worklist, p50", rows, work.p50, "ms")


def queries(stage: figures.Stage, order: Order) -> int:
    """How many a browser with a session costs, cold."""
    client = Client(headers={"cookie": stage.cookie["Cookie"]})
    client.get(f"/orders/{order.pk}/")
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/orders/{order.pk}/")
    return len(captured)


def alone() -> Iterator[figures.Figure]:
    """What needs no server."""
    ids = list(range(1, 1001))
    today = datetime.now(UTC).date()
    spent = timed(lambda: promises(ids, by=today + timedelta(days=30), today=today))
    yield figures.figure("promise of 1,000 products", 1000, spent, "ms", most=50)
    spent = timed(lambda: render(_paper(500)), times=5)
    yield figures.figure("PDF of a 500-line quote", 500, spent, "ms", most=1000)
    yield _imported(60_000)


def timed(work: Callable[[], object], times: int = 15) -> float:
    """Median milliseconds."""
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        spent.append((time.perf_counter() - begun) * 1000)
    return median(spent)


def _paper(lines: int) -> Paper:
    columns = (Column("pos", "#", 22), Column("text", "Product", 0),
               Column("quantity", "Quantity", 58, right=True),
               Column("net", "Net", 74, right=True))  # fmt: skip
    rows = [{"pos": str(i), "text": f"Vertical multistage pump VM {i}, 7.5 kW", "detail": f"VM-{i}",
             "quantity": "4 piece", "net": "1,480.00"} for i in range(lines)]  # fmt: skip
    return Paper("Quote", "Q-1", Company("Halden Flow"), ("Northgate Water",), columns, rows,
                 totals=[Total("Total", "€1.00", strong=True)])  # fmt: skip


def _imported(lines: int) -> figures.Figure:
    """Lines a second of the import command, start to end, rolled back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        with path.open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate",
                          "UnitPrice", "CustomerID", "Country"])  # fmt: skip
            for i in range(lines):
                out.writerow([f"X{i // 10}", f"P{i % 500}", f"Pump {i % 500}", 1 + i % 9,
                              "2025-01-05 10:00:00", "12.50", 10_000 + i // 10 % 300, "France"])  # fmt: skip
        begun = time.perf_counter()
        call_command("import_table", "sales", path, map="online_retail", dry_run=True, verbosity=0)
        rate = lines / (time.perf_counter() - begun)
    return figures.figure("order lines imported", lines, rate, "/s", least=5000)


def hot(stage: figures.Stage, contact: int) -> Iterator[figures.Figure]:
    """32 clients on ten products of which there are few: nothing oversold, the ledger right."""
    with transaction.atomic(), connection.cursor() as sql:
        sql.execute("UPDATE orders_stockitem SET on_hand = reserved + 400")
        sql.execute("INSERT INTO orders_stockmove (item_id, kind, quantity, at, reason) SELECT s.id,"
                    " 'adjust', s.on_hand - coalesce(sum(CASE WHEN m.kind IN ('receipt', 'adjust',"
                    " 'return') THEN m.quantity WHEN m.kind = 'ship' THEN -m.quantity ELSE 0 END), 0),"
                    " now(), 'bench' FROM orders_stockitem s LEFT JOIN orders_stockmove m"
                    " ON m.item_id = s.id GROUP BY s.id")  # fmt: skip
    skus = stage.skus

    def ask(client: int, turn: int) -> load.Ask:
        picked = [skus[(client + turn + k) % 10] for k in range(3)]
        body = {"account": stage.account.pk, "contact": contact, "check": True, "confirm": True,
                "lines": [{"sku": sku, "quantity": "1"} for sku in picked]}  # fmt: skip
        headers = {**stage.token, "Content-Type": "application/json"}
        return "POST", "/api/orders/", json.dumps(body), {**headers,
                                                          "Idempotency-Key": uuid.uuid4().hex}  # fmt: skip

    result = stage.run(ask, 201, clients=32)
    yield figures.figure("32 clients, 10 hot products", 10, result.rate, "/s")
    over = StockItem.objects.extra(where=["reserved > on_hand OR reserved < 0"]).count()
    wrong = over + len(stock.recount())
    yield figures.figure("oversold or wrong counters after it", 10, wrong, "", most=0.5)


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000]
    stage = figures.prepare(PORT)
    server = serve()
    try:
        stage.wait()
        rows = [figure for size in sizes for figure in measure(stage, size)]
        contact = Contact.objects.get(account=stage.account, name="Bench").pk
        rows += list(hot(stage, contact))
    finally:
        server.terminate()
        server.wait()
    rows += list(alone())
    show(rows)
    (HERE / "trade.json").write_text(json.dumps(rows, indent=1))
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
