"""From checked to delivered; the stock follows."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from journal.models import Entry
from orders import services
from orders.models import MOVES, IllegalMove, Status, StockItem
from tests import factories

pytestmark = pytest.mark.django_db


def counters(product):
    item = StockItem.objects.get(product=product)
    return item.on_hand, item.reserved


class TestFlow:
    def test_stock_is_held_then_leaves(self, pump, draft, coordinator, now):
        order = draft((pump, 3))
        services.confirm(order, by=coordinator, at=now)
        assert counters(pump) == (10, 3)
        services.hand_off(order, by=coordinator, at=now)
        services.promise(order, now.date(), by=coordinator, at=now)
        services.ship(order, by=coordinator, at=now)
        assert counters(pump) == (7, 0)
        services.deliver(order, by=coordinator, at=now)
        assert (order.status, order.lines.get().shipped) == (Status.DELIVERED, 3)
        assert services.recount() == {}

    def test_a_shortage_reserves_nothing(self, pump, seal, draft, coordinator, now):
        order = draft((pump, 3), (seal, 1))
        with pytest.raises(services.Shortage, match="MS-28"):
            services.confirm(order, by=coordinator, at=now)
        assert counters(pump) == (10, 0)

    def test_cancelling_gives_the_stock_back(self, pump, draft, coordinator, now):
        order = draft((pump, 3))
        services.confirm(order, by=coordinator, at=now)
        services.cancel(order, "Ordered twice", by=coordinator, at=now)
        assert counters(pump) == (10, 0)
        assert services.recount() == {}

    def test_two_lines_of_one_product(self, pump, draft, coordinator, now):
        order = draft((pump, 4), (pump, 6))
        services.confirm(order, by=coordinator, at=now)
        assert counters(pump) == (10, 10)
        assert services.recount() == {}

    def test_logistics_may_send_it_back(self, pump, draft, coordinator, now):
        order = draft((pump, 1))
        services.confirm(order, by=coordinator, at=now)
        services.hand_off(order, by=coordinator, at=now)
        services.take_back(order, "No crane", by=coordinator, at=now)
        assert order.status == Status.CONFIRMED
        entry = Entry.objects.get(action="orders.order.handoff_rejected")
        assert entry.data == {"reason": "No crane"}

    def test_on_hold_nothing_goes_on(self, pump, draft, coordinator, now):
        order = draft((pump, 1))
        services.hold(order, reason="PO unsigned", until=None, by=coordinator, at=now)
        with pytest.raises(services.OnHold, match="PO unsigned"):
            services.confirm(order, by=coordinator, at=now)
        services.release(order, by=coordinator, at=now)
        services.confirm(order, by=coordinator, at=now)

    def test_errors_are_reported_only_after_hand_off(self, pump, draft, coordinator, now):
        order = draft((pump, 1))
        error = {"kind": "price", "cause": "coordinator", "message": "Old price", "at": now}
        with pytest.raises(services.CannotFix):
            services.report_issue(order, by=coordinator, **error)
        services.confirm(order, by=coordinator, at=now)
        services.hand_off(order, by=coordinator, at=now)
        services.report_issue(order, by=coordinator, **error)
        data = Entry.objects.get(action="orders.issue.reported").data
        assert data == {"order": order.pk, "kind": "price", "cause": "coordinator"}

    def test_every_status_says_where_it_may_go(self, draft):
        order = draft()
        assert set(MOVES) == set(Status)
        for here in Status:
            for to in Status:
                order.status = here
                if to in MOVES[here]:
                    order.move(to)
                else:
                    with pytest.raises(IllegalMove):
                        order.move(to)

    def test_a_late_backorder_ships_once_it_arrived(self, pump, draft, coordinator, now):
        order = draft((pump, 12))
        issue = services.check(order, by=coordinator, at=now)[0]
        services.override(issue, reason="Customer waits", by=coordinator, at=now)
        services.confirm(order, by=coordinator, at=now)
        services.hand_off(order, by=coordinator, at=now)
        with pytest.raises(services.Shortage), transaction.atomic():
            services.ship(order, by=coordinator, at=now)
        item = StockItem.objects.get(product=pump)
        services.receive(pump, item.warehouse, Decimal(5), by=coordinator, at=now)
        services.ship(order, by=coordinator, at=now)
        assert counters(pump) == (3, 0)


class TestCounters:
    def test_the_database_refuses_to_oversell(self, pump):
        with pytest.raises(IntegrityError), transaction.atomic():
            StockItem.objects.filter(product=pump).update(reserved=11)

    def test_a_count_may_not_take_what_orders_hold(self, pump, draft, coordinator, now):
        services.confirm(draft((pump, 8)), by=coordinator, at=now)
        house = StockItem.objects.get(product=pump).warehouse
        with pytest.raises(services.Conflicting):
            services.adjust(pump, house, Decimal(-3), reason="Count", by=coordinator, at=now)

    def test_recount_finds_and_sets_a_wrong_counter(self, pump):
        call_command("recount_stock", verbosity=0)
        StockItem.objects.filter(product=pump).update(on_hand=99)
        with pytest.raises(CommandError):
            call_command("recount_stock")
        call_command("recount_stock", "--set")
        assert counters(pump) == (10, 0)


def test_the_warehouse_that_can_serve_the_lines_is_chosen(account, coordinator, now):
    from orders.models import Warehouse

    near = Warehouse.objects.create(code="AAA", name="Near")
    far = Warehouse.objects.create(code="BBB", name="Far")
    product = factories.priced_product(stock=1, warehouse=near)
    StockItem.objects.create(product=product, warehouse=far, on_hand=50)
    lines = [{"product_id": product.pk, "quantity": 5}]
    order, _ = services.place(
        account, lines=lines, by=coordinator, at=now, check=True, confirm=True
    )
    assert (order.status, order.warehouse_id) == (Status.CONFIRMED, far.pk)
