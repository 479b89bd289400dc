"""Goods that come back: no more than went out, into the right warehouse, counted by who caused it."""

import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from journal.models import Entry
from kpis import services as kpis
from kpis.models import IssueFact, OrderFact
from orders import services
from orders.models import (
    IllegalMove,
    OrderIssue,
    OrderReturn,
    Price,
    ReturnLine,
    StockItem,
    StockMove,
    Warehouse,
)
from orders.services import returns, shipments, stock
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(draft, coordinator, now):
    """`shipped((product, quantity), ...)`: an order that has left the house whole."""

    def make(*lines):
        order = draft(*lines)
        services.confirm(order, by=coordinator, at=now)
        services.hand_off(order, by=coordinator, at=now)
        services.ship(order, by=coordinator, at=now)
        return order

    return make


@pytest.fixture
def ask(coordinator, now):
    """`ask(order, 2, 1)`: that much of its first and second line comes back."""

    def make(order, *quantities, reason="wrong_item", cause="coordinator"):
        lines = order.lines.order_by("position").values_list("pk", flat=True)
        wanted = {pk: Decimal(q) for pk, q in zip(lines, quantities, strict=False)}
        return returns.ask(
            order, quantities=wanted, reason=reason, cause=cause, note="", by=coordinator, at=now
        )

    return make


@pytest.fixture
def expect(ask, coordinator, now):
    """A return that is on its way to us."""

    def make(order, *quantities, **why):
        row = ask(order, *quantities, **why)
        returns.approve(row, by=coordinator, at=now)
        return row

    return make


def restocked(row, *quantities):
    return {
        line.pk: Decimal(q) for line, q in zip(row.lines.order_by("pk"), quantities, strict=False)
    }


class TestAsking:
    def test_gets_a_number_and_the_price_that_was_paid(self, shipped, ask, pump):
        row = ask(shipped((pump, 4)), 2)
        assert row.number.startswith("RMA-")
        assert (row.net, row.currency, row.status) == (200, "EUR", "asked")
        assert Entry.objects.filter(action="orders.return.asked", subject_id=row.pk).exists()

    def test_only_what_a_part_took_along_comes_back(self, draft, ask, pump, coordinator, now):
        order = draft((pump, 4))
        services.confirm(order, by=coordinator, at=now)
        services.hand_off(order, by=coordinator, at=now)
        wanted = {order.lines.get().pk: Decimal(1)}
        shipments.ship_part(order, quantities=wanted, by=coordinator, at=now)
        with pytest.raises(services.BadLine, match="1 of VM-45 can come back"):
            ask(order, 2)
        assert ask(order, 1).lines.get().quantity == 1

    def test_a_refused_return_can_be_asked_again(self, shipped, ask, pump, coordinator, now):
        order = shipped((pump, 2))
        returns.refuse(ask(order, 2), reason="Worn", by=coordinator, at=now)
        assert ask(order, 2).status == "asked"

    @pytest.mark.parametrize("quantity", ["-1", "2.001", "0"])
    def test_odd_quantities_are_refused(self, quantity, shipped, ask, pump):
        with pytest.raises(services.BadLine):
            ask(shipped((pump, 2)), quantity)
        assert not OrderReturn.objects.exists()

    def test_another_orders_line_is_refused(self, shipped, ask, pump, coordinator, now):
        mine, other = shipped((pump, 1)), shipped((pump, 1))
        with pytest.raises(services.BadLine):
            returns.ask(
                mine, quantities={other.lines.get().pk: Decimal(1)}, reason="defect",
                cause="system", by=coordinator, at=now,
            )  # fmt: skip


class TestBlame:
    @pytest.mark.parametrize(
        ("reason", "kind"),
        [
            ("wrong_item", "wrong_item"),
            ("quantity", "quantity"),
            ("damaged", "damaged"),
            ("defect", "defect"),
            ("date", "date"),
        ],
    )
    def test_each_reason_is_an_error_of_its_kind(self, reason, kind, shipped, ask, pump):
        row = ask(shipped((pump, 1)), 1, reason=reason, cause="warehouse")
        issue = OrderIssue.objects.get(state="reported")
        assert (issue.kind, issue.cause) == (kind, "warehouse")
        assert (row.issue, issue.line) == (issue, row.lines.get().line)

    def test_what_was_said_of_it_stays_in_the_journal(self, shipped, ask, pump, coordinator, now):
        returns.refuse(ask(shipped((pump, 1)), 1), reason="No", by=coordinator, at=now)
        for action in ("orders.issue.reported", "orders.issue.withdrawn", "orders.return.refused"):
            assert Entry.objects.filter(action=action).count() == 1


@pytest.mark.django_db(transaction=True)
class TestAccuracy:
    def test_accuracy_counts_what_the_desk_caused(self, shipped, ask, pump, now):
        wrong, right = shipped((pump, 1)), shipped((pump, 1))
        ask(wrong, 1, cause="coordinator")
        ask(right, 1, cause="carrier", reason="damaged")
        kpis.roll_up(at=now)
        assert OrderFact.objects.get(pk=wrong.pk).wrong
        fact = OrderFact.objects.get(pk=right.pk)
        assert (fact.wrong, fact.undamaged) == (False, False)

    def test_a_claim_that_was_refused_counts_against_nobody(
        self, shipped, ask, pump, coordinator, now
    ):
        order = shipped((pump, 1))
        row = ask(order, 1)
        kpis.roll_up(at=now)
        assert OrderFact.objects.get(pk=order.pk).wrong
        returns.refuse(row, reason="It is what they ordered", by=coordinator, at=now)
        kpis.roll_up(at=now)
        fact = OrderFact.objects.get(pk=order.pk)
        assert (fact.wrong, fact.corrected) == (False, False)
        assert not IssueFact.objects.filter(order_id=order.pk).exists()
        assert kpis.rebuild(at=now) == 0


class TestAnswers:
    def test_a_no_needs_a_reason(self, shipped, ask, pump, coordinator, now):
        row = ask(shipped((pump, 1)), 1)
        with pytest.raises(services.NoReason):
            returns.refuse(row, reason=" ", by=coordinator, at=now)

    @pytest.mark.parametrize("after", ["approve", "receive", "close"])
    def test_a_refused_one_goes_no_further(self, after, shipped, ask, pump, coordinator, now):
        row = ask(shipped((pump, 1)), 1)
        returns.refuse(row, reason="Worn", by=coordinator, at=now)
        more = {"restocked": {}} if after == "receive" else {}
        with pytest.raises(IllegalMove):
            getattr(returns, after)(row, by=coordinator, at=now, **more)

    def test_what_came_is_not_received_twice(self, shipped, expect, pump, coordinator, now):
        row = expect(shipped((pump, 2)), 2)
        for refused in (False, True):
            stale = OrderReturn.objects.get(pk=row.pk)
            stale.status = "approved"
            if refused:
                with pytest.raises(IllegalMove):
                    returns.receive(stale, restocked=restocked(row, 2), by=coordinator, at=now)
            else:
                returns.receive(stale, restocked=restocked(row, 2), by=coordinator, at=now)
        assert StockItem.objects.get().on_hand == 10


class TestReceiving:
    def test_sound_goods_are_free_again_and_scrap_is_not(
        self, shipped, expect, pump, coordinator, now
    ):
        valve = factories.priced_product(sku="BV-2", stock=5)
        row = expect(shipped((pump, 4), (valve, 3)), 3, 2)
        returns.receive(row, restocked=restocked(row, "2.5", 0), by=coordinator, at=now)
        assert dict(StockItem.objects.values_list("product__sku", "on_hand")) == {
            "VM-45": Decimal("8.5"), "BV-2": 2,
        }  # fmt: skip
        assert list(row.lines.order_by("pk").values_list("restocked", flat=True)) == [
            Decimal("2.5"), 0,
        ]  # fmt: skip
        assert stock.recount() == {}

    def test_the_move_says_which_line_and_which_return(
        self, shipped, expect, pump, coordinator, now
    ):
        row = expect(shipped((pump, 1)), 1)
        returns.receive(row, restocked=restocked(row, 1), by=coordinator, at=now)
        move = StockMove.objects.get(kind="return")
        assert (move.order_line, move.reason, move.by) == (
            row.lines.get().line, row.number, coordinator,
        )  # fmt: skip

    def test_two_lines_of_one_product_come_back_as_one(
        self, shipped, expect, pump, coordinator, now
    ):
        row = expect(shipped((pump, 4), (pump, 5)), 1, 2)
        returns.receive(row, restocked=restocked(row, 1, 2), by=coordinator, at=now)
        assert StockItem.objects.get().on_hand == 4
        assert stock.recount() == {}

    def test_the_control_a_recount_that_forgets_returns_finds_a_difference(
        self, shipped, expect, pump, coordinator, now, monkeypatch
    ):
        row = expect(shipped((pump, 1)), 1)
        returns.receive(row, restocked=restocked(row, 1), by=coordinator, at=now)
        assert stock.recount() == {}
        monkeypatch.setattr(stock, "RECOUNT", stock.RECOUNT.replace(", 'return'", ""))
        assert len(stock.recount()) == 1

    def test_more_than_comes_back_is_refused_and_nothing_moves(
        self, shipped, expect, pump, coordinator, now
    ):
        row = expect(shipped((pump, 4)), 2)
        with pytest.raises(services.BadLine, match="At most 2"), transaction.atomic():
            returns.receive(row, restocked=restocked(row, 3), by=coordinator, at=now)
        row.refresh_from_db()
        assert (row.status, row.lines.get().restocked) == ("approved", 0)
        assert not StockMove.objects.filter(kind="return").exists()

    def test_a_line_of_something_else_is_not_quietly_left_out(
        self, shipped, expect, pump, coordinator, now
    ):
        row = expect(shipped((pump, 4)), 2)
        wanted = {row.lines.get().pk + 1000: Decimal(1)}
        with pytest.raises(services.BadLine, match="not in this return"), transaction.atomic():
            returns.receive(row, restocked=wanted, by=coordinator, at=now)

    def test_what_nobody_knows_the_warehouse_of_is_not_said_to_be_back(
        self, account, pump, coordinator, now
    ):
        row = OrderReturn.objects.create(
            number="RMA-OLD", account=account, reason="defect", cause="system",
            status="approved", asked_at=now,
        )  # fmt: skip
        line = ReturnLine.objects.create(order_return=row, product=pump, quantity=1, unit_price=1)
        with pytest.raises(services.CannotFix, match="warehouse"), transaction.atomic():
            returns.receive(row, restocked={line.pk: Decimal(1)}, by=coordinator, at=now)
        returns.receive(row, restocked={}, by=coordinator, at=now)
        assert row.status == "received"

    def test_a_product_that_the_warehouse_never_had_gets_its_item(
        self, shipped, expect, pump, coordinator, now
    ):
        order = shipped((pump, 1))
        other = Warehouse.objects.create(code="HAM", name="Hamburg")
        order.warehouse = other
        order.save(update_fields=["warehouse"])
        row = expect(order, 1)
        returns.receive(row, restocked=restocked(row, 1), by=coordinator, at=now)
        assert StockItem.objects.get(warehouse=other).on_hand == 1
        assert stock.recount() == {}


def bare_product():
    """On the list, in no warehouse yet."""
    product = factories.ProductFactory()
    Price.objects.create(
        price_list=factories.default_price_list(), product=product, amount=10,
        valid_from=factories.EARLY.date(),
    )  # fmt: skip
    return product


@pytest.mark.django_db(transaction=True)
def test_goods_coming_and_going_do_not_wait_in_a_circle(draft, shipped, expect, coordinator, now):
    """Items are locked by their keys, also where those run against the products' keys."""
    one, two = bare_product(), factories.priced_product(stock=50)
    house = StockItem.objects.get().warehouse
    services.receive(one, house, Decimal(50), by=coordinator, at=now)
    assert one.pk < two.pk
    assert StockItem.objects.get(product=one).pk > StockItem.objects.get(product=two).pk
    rows = [expect(shipped((one, 1), (two, 1)), 1, 1) for _ in range(6)]
    orders = [draft((two, 1), (one, 1)) for _ in range(6)]
    failed = []

    def run(work):
        try:
            work()
        except Exception as problem:
            failed.append(problem)
        finally:
            connection.close()

    def receive(row):
        return lambda: returns.receive(row, restocked=restocked(row, 1, 1), by=coordinator, at=now)

    def confirm(order):
        return lambda: services.confirm(order, by=coordinator, at=now)

    work = [*map(receive, rows), *map(confirm, orders)]
    threads = [threading.Thread(target=run, args=[w]) for w in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert stock.recount() == {}
