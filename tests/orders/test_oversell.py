"""32 threads on ten hot products: never more is held than is there, proven from the lines."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from orders import services
from orders.models import Order, OrderLine, StockItem, Warehouse
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, ORDERS_EACH, STOCK = 32, 3, 25
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def in_threads(work):
    """Run `work(n)` in 32 threads with a connection each, started together."""
    gate = threading.Barrier(THREADS)

    def run(n):
        try:
            gate.wait()
            return work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def held_from_the_lines():
    """What order lines hold of each product."""
    rows = OrderLine.objects.values_list("product").annotate(held=Sum("reserved"))
    return dict(rows)


def test_32_clients_never_oversell_ten_products(role_groups, coordinator):
    account = factories.AccountFactory()
    products = [factories.priced_product(stock=STOCK) for _ in range(10)]

    def work(n):
        chance, confirmed = random.Random(n), 0
        for _ in range(ORDERS_EACH):
            lines = [
                {"product_id": p.pk, "quantity": chance.randint(1, 3)}
                for p in chance.sample(products, 5)  # in any order: the locks sort themselves
            ]
            try:
                order, _ = services.place(
                    account, lines=lines, by=coordinator, at=NOW, check=True, confirm=True
                )
                confirmed += order.status == "confirmed"
            except services.Shortage:
                pass
        return confirmed

    confirmed = sum(in_threads(work))
    held = held_from_the_lines()
    assert confirmed == Order.objects.filter(status="confirmed").count() > 10
    assert max(held.values()) <= STOCK
    for item in StockItem.objects.all():
        assert item.reserved == held.get(item.product_id, 0)
    assert services.recount() == {}


def test_without_the_lock_the_same_clients_oversell(role_groups):
    """The negative control: read, decide, write, as one would do it naively."""
    product = factories.priced_product(stock=5)
    account = factories.AccountFactory()
    house = Warehouse.objects.get()
    lines = [
        OrderLine.objects.create(
            order=Order.objects.create(
                number=f"N-{n}", account=account, warehouse=house, placed_at=NOW
            ),
            position=1, product=product, quantity=1, unit_price=1, net=1,
        )
        for n in range(THREADS)
    ]  # fmt: skip
    read = threading.Barrier(THREADS)

    def naive(n):
        item = StockItem.objects.get(product=product)
        read.wait()
        if item.on_hand - item.reserved >= 1:
            StockItem.objects.filter(pk=item.pk).update(reserved=item.reserved + Decimal(1))
            OrderLine.objects.filter(pk=lines[n].pk).update(reserved=1)

    in_threads(naive)
    assert held_from_the_lines()[product.pk] > 5


def test_one_po_twice_at_once_is_seen_by_the_second(role_groups, coordinator):
    """Whoever checks second waits for the first, and is warned with the other order beside it."""
    account = factories.AccountFactory()
    contact = factories.ContactFactory(account=account)
    product = factories.priced_product(stock=100)

    def work(n):
        if n > 7:
            return []
        lines = [{"product_id": product.pk, "quantity": 1}]
        _, issues = services.place(
            account, lines=lines, by=coordinator, at=NOW, check=True, confirm=True,
            contact=contact, po_number="PO-7",
        )  # fmt: skip
        return [issue.kind for issue in issues]

    found = in_threads(work)
    assert sum("duplicate_po" in kinds for kinds in found) == 7
