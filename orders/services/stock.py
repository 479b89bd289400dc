"""Stock: every change is a move, and the counters follow in the same statement.

Whoever changes stock locks the items first, in the order of their keys, so that two orders never
wait for each other in a circle. The CHECK constraint of StockItem stands behind all of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from journal import services as journal
from orders.checks.case import CheckedLine, plain
from orders.models import IncomingStock, Order, Product, StockItem, StockMove, Warehouse
from orders.services.errors import Conflicting, Shortage, Unusable
from people.models import User

# By key, so that two orders never wait for each other in a circle.
LOCK = """
SELECT product_id, id, on_hand - reserved FROM orders_stockitem
WHERE warehouse_id = %(house)s AND product_id = ANY(%(products)s) ORDER BY id FOR UPDATE
"""
# One statement: the counters, the lines and the ledger change together or not at all.
RESERVE = """
WITH wanted(line_id, item_id, quantity) AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(items)s::bigint[], %(quantities)s::numeric[])
), total AS (
    SELECT item_id, sum(quantity) AS quantity FROM wanted GROUP BY item_id
), taken AS (
    UPDATE orders_stockitem s SET reserved = s.reserved + t.quantity
    FROM total t WHERE s.id = t.item_id AND s.on_hand - s.reserved >= t.quantity
    RETURNING s.id
), held AS (
    UPDATE orders_orderline l SET reserved = l.reserved + w.quantity
    FROM wanted w JOIN taken ON taken.id = w.item_id WHERE l.id = w.line_id
    RETURNING l.id
), moved AS (
    INSERT INTO orders_stockmove (item_id, kind, quantity, order_line_id, by_id, at, reason)
    SELECT w.item_id, 'reserve', w.quantity, w.line_id, %(by)s, %(at)s, ''
    FROM wanted w JOIN taken ON taken.id = w.item_id
)
SELECT count(*) FROM taken
"""

# Everything that an order still holds is given back, or has left the house.
LET_GO = """
WITH lines AS (
    SELECT l.id AS line_id, s.id AS item_id, l.reserved AS quantity
    FROM orders_orderline l
    JOIN orders_stockitem s ON s.product_id = l.product_id AND s.warehouse_id = %(warehouse)s
    WHERE l.order_id = %(order)s AND l.reserved > 0
), total AS (
    SELECT item_id, sum(quantity) AS quantity FROM lines GROUP BY item_id
), counters AS (
    UPDATE orders_stockitem s SET
        reserved = s.reserved - t.quantity,
        on_hand = s.on_hand - CASE WHEN %(kind)s = 'ship' THEN t.quantity ELSE 0 END
    FROM total t WHERE s.id = t.item_id
), freed AS (
    UPDATE orders_orderline l SET
        reserved = 0,
        shipped = l.shipped + CASE WHEN %(kind)s = 'ship' THEN x.quantity ELSE 0 END
    FROM lines x WHERE l.id = x.line_id
)
INSERT INTO orders_stockmove (item_id, kind, quantity, order_line_id, by_id, at, reason)
SELECT item_id, %(kind)s, quantity, line_id, %(by)s, %(at)s, '' FROM lines
"""

# Exactly these quantities of these lines leave; they were reserved a moment ago.
SHIP_LINES = """
WITH lines AS (
    SELECT l.id AS line_id, s.id AS item_id, w.quantity
    FROM unnest(%(lines)s::bigint[], %(quantities)s::numeric[]) AS w(line, quantity)
    JOIN orders_orderline l ON l.id = w.line
    JOIN orders_stockitem s ON s.product_id = l.product_id AND s.warehouse_id = %(warehouse)s
), total AS (
    SELECT item_id, sum(quantity) AS quantity FROM lines GROUP BY item_id
), counters AS (
    UPDATE orders_stockitem s SET
        reserved = s.reserved - t.quantity, on_hand = s.on_hand - t.quantity
    FROM total t WHERE s.id = t.item_id
), gone AS (
    UPDATE orders_orderline l SET
        reserved = l.reserved - x.quantity, shipped = l.shipped + x.quantity
    FROM lines x WHERE l.id = x.line_id
)
INSERT INTO orders_stockmove (item_id, kind, quantity, order_line_id, by_id, at, reason)
SELECT item_id, 'ship', quantity, line_id, %(by)s, %(at)s, '' FROM lines
"""

# Products that the warehouse never had; in the order of their keys, as every other lock.
NEW_ITEMS = """
INSERT INTO orders_stockitem (product_id, warehouse_id, on_hand, reserved, reorder_level)
SELECT product, %(house)s, 0, 0, 0 FROM unnest(%(products)s::bigint[]) AS p(product)
ORDER BY product ON CONFLICT DO NOTHING
"""

# What came back is on hand again; each move says of which line.
TAKE_BACK = """
WITH back AS (
    SELECT s.id AS item_id, b.line_id, b.quantity
    FROM unnest(%(lines)s::bigint[], %(products)s::bigint[], %(quantities)s::numeric[])
        AS b(line_id, product_id, quantity)
    JOIN orders_stockitem s ON s.product_id = b.product_id AND s.warehouse_id = %(house)s
), total AS (
    SELECT item_id, sum(quantity) AS quantity FROM back GROUP BY item_id
), counters AS (
    UPDATE orders_stockitem s SET on_hand = s.on_hand + t.quantity
    FROM total t WHERE s.id = t.item_id
)
INSERT INTO orders_stockmove (item_id, kind, quantity, order_line_id, by_id, at, reason)
SELECT item_id, 'return', quantity, line_id, %(by)s, %(at)s, %(reason)s FROM back
"""

RECOUNT = """
SELECT s.id, s.on_hand, s.reserved,
    coalesce(sum(m.quantity) FILTER (WHERE m.kind IN ('receipt', 'adjust', 'return')), 0)
        - coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'ship'), 0) AS on_hand_moved,
    coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'reserve'), 0)
        - coalesce(sum(m.quantity) FILTER (WHERE m.kind IN ('release', 'ship')), 0) AS held_moved
FROM orders_stockitem s LEFT JOIN orders_stockmove m ON m.item_id = s.id
GROUP BY s.id ORDER BY s.id
"""


@dataclass(frozen=True)
class Back:
    """So much of a line's product came back; without a line, of an order that nobody knows."""

    line_id: int | None
    product_id: int
    quantity: Decimal


def reserve(
    order: Order, lines: Sequence[CheckedLine], *, by: User | None, at: datetime,
    partly: Collection[int] = (),
) -> Decimal:  # fmt: skip
    """Hold stock for `lines` in one statement; returns what could not be held.

    Lines in `partly` take what is free (the rest is agreed to come later); every other line takes
    all or nothing happens. The lines were read under the order's lock, in this transaction.

    :raises Shortage: listing the lines that lack stock.
    """
    waiting = [line for line in lines if line.reserved + line.shipped < line.quantity]
    free = _locked(order.warehouse_id, {line.product_id for line in waiting})
    taken, short, owed = [], [], Decimal(0)
    for line in waiting:
        item, left = free.get(line.product_id, (0, Decimal(0)))
        need = line.quantity - line.reserved - line.shipped
        got = min(need, left)
        if got < need and line.pk not in partly:
            wanted = f"Line {line.position} needs {plain(need)} of {line.sku}"
            short.append(f"{wanted}, {plain(left)} are free.")
        owed += need - got
        if got:
            free[line.product_id] = (item, left - got)
            taken.append((line.pk, item, got))
    if short:
        raise Shortage(order.number, short)
    if taken:
        _take(order, taken, by=by, at=at)
    return owed


def _locked(warehouse_id: int | None, products: set[int]) -> dict[int, tuple[int, Decimal]]:
    """Lock the items and only then read what is free: {product: (item, free)}."""
    with connection.cursor() as sql:
        sql.execute(LOCK, {"house": warehouse_id, "products": list(products)})
        return {product: (pk, free) for product, pk, free in sql.fetchall()}


def _take(
    order: Order, taken: list[tuple[int, int, Decimal]], *, by: User | None, at: datetime
) -> None:
    lines, items, quantities = (list(column) for column in zip(*taken, strict=True))
    values: dict[str, Any] = {"lines": lines, "items": items, "quantities": quantities, "at": at,
              "by": None if by is None else by.pk}  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(RESERVE, values)
        if sql.fetchone()[0] != len(set(items)):
            raise Shortage(order.number, ["The stock changed meanwhile. Check the order again."])


def let_go(order: Order, kind: StockMove.Kind, *, by: User | None, at: datetime) -> None:
    """Release or ship all that the order holds, in one statement, under the items' locks."""
    products = set(order.lines.filter(reserved__gt=0).values_list("product_id", flat=True))
    if not products:
        return
    _locked(order.warehouse_id, products)
    values = {"order": order.pk, "warehouse": order.warehouse_id, "kind": str(kind), "at": at,
              "by": None if by is None else by.pk}  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(LET_GO, values)


def ship_lines(
    order: Order, quantities: Mapping[int, Decimal], *, by: User | None, at: datetime
) -> None:
    """Let exactly these reserved quantities leave, in one statement, under the items' locks."""
    rows = order.lines.filter(pk__in=quantities)
    _locked(order.warehouse_id, set(rows.values_list("product_id", flat=True)))
    values: dict[str, Any] = {
        "lines": list(quantities), "quantities": list(quantities.values()), "at": at,
        "warehouse": order.warehouse_id, "by": None if by is None else by.pk,
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(SHIP_LINES, values)


def take_back(
    house: int, back: Sequence[Back], *, by: User | None, at: datetime, reason: str
) -> None:
    """Goods that came back and can be sold again, in one statement, under the items' locks; the
    caller holds the return's lock."""
    products = sorted({row.product_id for row in back})
    with connection.cursor() as sql:
        sql.execute(NEW_ITEMS, {"house": house, "products": products})
    _locked(house, set(products))
    values: dict[str, Any] = {
        "house": house, "at": at, "reason": reason[:200], "by": None if by is None else by.pk,
        "lines": [row.line_id for row in back], "products": [row.product_id for row in back],
        "quantities": [row.quantity for row in back],
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(TAKE_BACK, values)
    items = StockItem.objects.filter(warehouse=house, product__in=products)
    for item in items.order_by("pk"):
        quantity = sum(row.quantity for row in back if row.product_id == item.product_id)
        data = {"kind": "return", "quantity": str(quantity), "product": item.product_id}
        journal.record("orders.stock.moved", item, by=by, at=at, data=data)


@transaction.atomic
def count(
    product: Product, warehouse: Warehouse, counted: Decimal, *, by: User | None, at: datetime,
    reason: str = "Cycle count",
) -> StockItem:  # fmt: skip
    """Somebody counted; the difference becomes a move. A count that agrees changes nothing.

    :raises Conflicting: if less is there than orders hold.
    """
    if counted < 0:
        raise Unusable("Nobody counts less than nothing.")
    StockItem.objects.get_or_create(product=product, warehouse=warehouse)
    item = StockItem.objects.select_for_update().get(product=product, warehouse=warehouse)
    if counted == item.on_hand:
        return item
    return adjust(product, warehouse, counted - item.on_hand, by=by, at=at, reason=reason)


@transaction.atomic
def receive(
    product: Product, warehouse: Warehouse, quantity: Decimal, *, by: User | None, at: datetime,
    reason: str = "",
) -> StockItem:  # fmt: skip
    """Goods came in."""
    if quantity <= 0:
        raise Unusable("A receipt needs a quantity above 0.")
    return _move(product, warehouse, StockMove.Kind.RECEIPT, quantity, by=by, at=at, reason=reason)


@transaction.atomic
def adjust(
    product: Product, warehouse: Warehouse, quantity: Decimal, *, by: User | None, at: datetime,
    reason: str,
) -> StockItem:  # fmt: skip
    """A count differed by `quantity` (may be negative); says why.

    :raises Conflicting: if less would be there than orders hold.
    """
    if not reason.strip():
        raise Unusable("Say why the count differs.")
    return _move(product, warehouse, StockMove.Kind.ADJUST, quantity, by=by, at=at, reason=reason)


@transaction.atomic
def arrive(incoming: IncomingStock, *, by: User | None, at: datetime) -> None:
    """What was on its way is here; a second time changes nothing."""
    incoming.refresh_from_db(from_queryset=IncomingStock.objects.select_for_update())
    if incoming.received_at is not None:
        return
    incoming.received_at = at
    incoming.save(update_fields=["received_at"])
    receive(incoming.product, incoming.warehouse, incoming.quantity, by=by, at=at)


@transaction.atomic
def expect(
    product: Product, warehouse: Warehouse, quantity: Decimal, *, on: date, by: User | None,
    at: datetime, reference: str = "",
) -> IncomingStock:  # fmt: skip
    """So much will come on a day: what can be promised for that day grows by it."""
    if quantity <= 0:
        raise Unusable("Say how much is on its way.")
    row = IncomingStock.objects.create(
        product=product, warehouse=warehouse, quantity=quantity, expected_on=on,
        reference=reference.strip()[:60],
    )  # fmt: skip
    item, _ = StockItem.objects.get_or_create(product=product, warehouse=warehouse)
    data = {"kind": "expected", "quantity": str(quantity), "product": product.pk,
            "on": on.isoformat()}  # fmt: skip
    journal.record("orders.stock.expected", item, by=by, at=at, data=data)
    return row


@transaction.atomic
def set_reorder_level(
    product: Product, warehouse: Warehouse, level: Decimal, *, by: User | None, at: datetime
) -> None:
    """Below it the product is on the low-stock list."""
    item, _ = StockItem.objects.get_or_create(product=product, warehouse=warehouse)
    if item.reorder_level != level:
        item.reorder_level = level
        item.save(update_fields=["reorder_level"])
        data = {"reorder_level": str(level), "product": product.pk}
        journal.record("orders.stock.level_set", item, by=by, at=at, data=data)


def _move(
    product: Product, warehouse: Warehouse, kind: StockMove.Kind, quantity: Decimal, *,
    by: User | None, at: datetime, reason: str,
) -> StockItem:  # fmt: skip
    StockItem.objects.get_or_create(product=product, warehouse=warehouse)
    item = StockItem.objects.select_for_update().get(product=product, warehouse=warehouse)
    if item.on_hand + quantity < item.reserved:
        raise Conflicting(
            f"Orders hold {item.reserved:f} of {product.sku} in {warehouse}; "
            f"{item.on_hand + quantity:f} would be there. Release an order first."
        )
    item.on_hand += quantity
    item.save(update_fields=["on_hand"])
    StockMove.objects.create(
        item=item, kind=kind, quantity=quantity, by=by, at=at, reason=reason[:200]
    )
    journal.record(
        "orders.stock.moved", item, by=by, at=at,
        data={"kind": str(kind), "quantity": str(quantity), "product": product.pk},
    )  # fmt: skip
    return item


def recount() -> Mapping[int, tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]]:
    """Items whose counters do not follow from their moves: {item: (counted, moved)}.

    Both are (on hand, reserved). Empty is what it should be.
    """
    with connection.cursor() as sql:
        sql.execute(RECOUNT)
        return {
            item: ((on_hand, held), (on_hand_moved, held_moved))
            for item, on_hand, held, on_hand_moved, held_moved in sql.fetchall()
            if (on_hand, held) != (on_hand_moved, held_moved)
        }


@transaction.atomic
def set_by_moves() -> int:
    """Set the counters that differ to what the moves say; returns how many.

    Nobody may move stock meanwhile: the table is locked against writers.
    """
    with connection.cursor() as sql:
        sql.execute("LOCK TABLE orders_stockitem, orders_stockmove IN SHARE ROW EXCLUSIVE MODE")
    wrong = recount()
    for item, (_, (on_hand, held)) in wrong.items():
        StockItem.objects.filter(pk=item).update(on_hand=on_hand, reserved=held)
    return len(wrong)
