"""Can the lines be had: yes, a smaller quantity, on a date, or no."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from django.db import connection
from django.db.models import F, Sum

from orders.models import IncomingStock, OrderLine, Warehouse

ZERO = Decimal(0)


# Available to promise of many products by a day: what is free, and what comes by then, less what
# confirmed orders wait for already.
PROMISE: Final = """
SELECT p.id, coalesce(stock.on_hand, 0), coalesce(stock.reserved, 0), coalesce(coming.quantity, 0),
    coalesce(owed.quantity, 0), coming.next_on
FROM unnest(%(products)s::bigint[]) AS p(id)
LEFT JOIN (
    SELECT product_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved FROM orders_stockitem
    WHERE product_id = ANY(%(products)s)
      AND (%(house)s::bigint IS NULL OR warehouse_id = %(house)s) GROUP BY 1
) stock ON stock.product_id = p.id
LEFT JOIN (
    SELECT product_id, sum(quantity) AS quantity, min(expected_on) AS next_on
    FROM orders_incomingstock
    WHERE product_id = ANY(%(products)s) AND received_at IS NULL
      AND expected_on BETWEEN %(today)s AND %(by)s
      AND (%(house)s::bigint IS NULL OR warehouse_id = %(house)s) GROUP BY 1
) coming ON coming.product_id = p.id
LEFT JOIN (
    SELECT l.product_id, sum(l.quantity - l.reserved - l.shipped) AS quantity
    FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
    WHERE l.product_id = ANY(%(products)s) AND l.reserved < l.quantity - l.shipped
      AND o.status IN ('confirmed', 'handed_off')
      AND (%(house)s::bigint IS NULL OR o.warehouse_id = %(house)s) GROUP BY 1
) owed ON owed.product_id = p.id
"""
FREE: Final = """
SELECT warehouse_id, product_id, on_hand - reserved FROM orders_stockitem
WHERE product_id = ANY(%(products)s)
  AND (%(house)s::bigint IS NULL OR warehouse_id = %(house)s) ORDER BY warehouse_id
"""


class Wants(Protocol):
    """A line, as far as availability is concerned."""

    @property
    def pk(self) -> int: ...
    @property
    def product_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def reserved(self) -> Decimal: ...
    @property
    def shipped(self) -> Decimal: ...


@dataclass(frozen=True)
class Promise:
    """What can be promised of a product by a day, and what it is made of."""

    on_hand: Decimal
    reserved: Decimal
    incoming: Decimal
    owed: Decimal
    next_on: date | None

    @property
    def available(self) -> Decimal:
        return max(self.on_hand - self.reserved + self.incoming - self.owed, ZERO)


def promises(
    products: Sequence[int], *, by: date, today: date, warehouse_id: int | None = None
) -> dict[int, Promise]:
    """Available to promise by a day for each of `products`: one query."""
    values: dict[str, Any] = {
        "products": list(products), "by": by, "today": today, "house": warehouse_id,
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(PROMISE, values)
        return {row[0]: Promise(*row[1:]) for row in sql.fetchall()}


@dataclass(frozen=True)
class Answer:
    """`word`: yes, date (all of it on `on`), quantity (only `free` of it), no."""

    word: str
    free: Decimal
    on: date | None = None
    incoming: Decimal = ZERO

    def in_time(self, wanted_on: date | None) -> bool:
        """Whether all is there by the wanted day (a line that is free now always is)."""
        if self.word == "yes":
            return True
        return self.word == "date" and None not in (self.on, wanted_on) and self.on <= wanted_on  # type: ignore[operator]


@dataclass
class Supply:
    """What is free and what comes, in one warehouse; `answer` uses it up line by line."""

    warehouse_id: int | None
    free: dict[int, Decimal] = field(default_factory=dict)
    coming: dict[int, list[tuple[date, Decimal]]] = field(default_factory=dict)

    def answer(self, line: Wants) -> Answer:
        need = line.quantity - line.reserved - line.shipped
        free = max(self.free.get(line.product_id, ZERO), ZERO)
        taken = min(need, free)
        self.free[line.product_id] = free - taken
        if taken == need:
            return Answer("yes", free)
        on, got = self._from_coming(line.product_id, need - taken)
        if on is not None:
            return Answer("date", taken, on, got)
        return Answer("quantity" if taken else "no", taken, incoming=got)

    def _from_coming(self, product_id: int, need: Decimal) -> tuple[date | None, Decimal]:
        """Take `need` from what comes; the day on which the last of it is there, or None."""
        got, queue = ZERO, self.coming.get(product_id, [])
        while queue and got < need:
            on, quantity = queue.pop(0)
            used = min(quantity, need - got)
            got += used
            if used < quantity:
                queue.insert(0, (on, quantity - used))
            if got == need:
                return on, got
        return None, got


def for_lines(
    lines: Sequence[Wants], *, warehouse_id: int | None, today: date
) -> tuple[Supply, dict[int, Answer]]:
    """The answer for every line by its key: one query, three when something is short."""
    products = {line.product_id for line in lines}
    supply = supply_of(products, lines, warehouse_id)
    short = _short(lines, supply)
    if short:
        supply.coming = _coming(short, supply.warehouse_id, today)
    return supply, {line.pk: supply.answer(line) for line in lines}


def supply_of(products: set[int], lines: Sequence[Wants], warehouse_id: int | None) -> Supply:
    """Free stock in the given warehouse, else in the one that can serve most of the lines."""
    stocks: dict[int, dict[int, Decimal]] = defaultdict(dict)
    with connection.cursor() as sql:
        sql.execute(FREE, {"products": list(products), "house": warehouse_id})
        for house, product, free in sql.fetchall():
            stocks[house][product] = free
    if warehouse_id is None:
        warehouse_id = _best(stocks, lines)
    return Supply(warehouse_id, dict(stocks.get(warehouse_id or 0, {})))


def _best(stocks: Mapping[int, Mapping[int, Decimal]], lines: Sequence[Wants]) -> int | None:
    if not stocks:
        return Warehouse.objects.order_by("pk").values_list("pk", flat=True).first()

    def served(house: int) -> tuple[int, int]:
        full = sum(stocks[house].get(line.product_id, ZERO) >= line.quantity for line in lines)
        return full, -house

    return max(stocks, key=served)


def _short(lines: Sequence[Wants], supply: Supply) -> set[int]:
    needed: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        needed[line.product_id] += line.quantity - line.reserved - line.shipped
    return {p for p, quantity in needed.items() if quantity > supply.free.get(p, ZERO)}


def _coming(
    products: set[int], warehouse_id: int | None, today: date
) -> dict[int, list[tuple[date, Decimal]]]:
    """Expected receipts by day, less what confirmed orders already wait for. What should have come
    and did not is promised to nobody."""
    coming: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    owed = dict(
        OrderLine.objects.filter(
            product__in=products,
            order__status__in=["confirmed", "handed_off"],
            order__warehouse=warehouse_id,
            reserved__lt=F("quantity") - F("shipped"),
        )
        .values_list("product")
        .annotate(owed=Sum(F("quantity") - F("reserved") - F("shipped")))
    )
    for product, on, quantity in (
        IncomingStock.objects.filter(
            product__in=products,
            warehouse=warehouse_id,
            received_at__isnull=True,
            expected_on__gte=today,
        )
        .order_by("expected_on", "pk")
        .values_list("product", "expected_on", "quantity")
    ):
        promised = min(owed.get(product, ZERO), quantity)
        owed[product] = owed.get(product, ZERO) - promised
        if quantity > promised:
            coming[product].append((on, quantity - promised))
    return coming
