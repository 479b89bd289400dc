"""After the hand-off: parts, proofs, returns, invoices, changes."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from comms.models import Delivery
from orders import services
from orders.models import (
    IllegalMove,
    Invoice,
    InvoiceSeries,
    OrderIssue,
    StockItem,
    StockMove,
    TaxRate,
)
from orders.services import amendments, backorders, invoices, returns, shipments, stock
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def handed(pump, draft, coordinator, now):
    """Four pumps, reserved and handed to logistics."""
    order = draft((pump, 4))
    services.check(order, by=coordinator, at=now)
    services.confirm(order, by=coordinator, at=now)
    services.hand_off(order, by=coordinator, at=now)
    return order


def part(order, quantity, by, at, **more):
    line = order.lines.get()
    return shipments.ship_part(order, quantities={line.pk: Decimal(quantity)}, by=by, at=at, **more)


class TestShipments:
    def test_a_part_leaves_and_the_rest_waits(self, handed, coordinator, now):
        part(handed, 1, coordinator, now)
        line = handed.lines.get()
        assert (handed.status, line.shipped, line.reserved) == ("handed_off", 1, 3)
        assert StockItem.objects.get().on_hand == 9
        assert stock.recount() == {}

    def test_with_the_last_part_the_order_is_shipped(self, handed, coordinator, now):
        part(handed, 1, coordinator, now)
        part(handed, 3, coordinator, now)
        assert handed.status == "shipped"

    def test_more_than_is_left_is_refused_and_nothing_moves(self, handed, coordinator, now):
        moves = StockMove.objects.count()
        with pytest.raises(services.BadLine, match="4 of VM-45 are left"):
            part(handed, 5, coordinator, now)
        assert StockMove.objects.count() == moves

    def test_the_customer_is_told_each_time(self, handed, coordinator, now):
        part(handed, 1, coordinator, now, carrier="Rhenus", tracking_number="RH 1")
        mail = Delivery.objects.get()
        assert "Rhenus" in mail.body
        assert "The rest follows" in mail.body

    def test_the_last_proof_delivers_the_order(self, handed, coordinator, now):
        first, last = part(handed, 1, coordinator, now), part(handed, 3, coordinator, now)
        shipments.deliver_shipment(first, by=coordinator, at=now, received_by="K. Weber")
        handed.refresh_from_db()
        assert handed.status == "shipped"
        shipments.deliver_shipment(last, by=coordinator, at=now)
        handed.refresh_from_db()
        assert (handed.status, first.received_by) == ("delivered", "K. Weber")

    def test_what_left_in_part_cannot_be_cancelled(self, handed, coordinator, now):
        part(handed, 1, coordinator, now)
        with pytest.raises(services.CannotFix):
            services.cancel(handed, by=coordinator, at=now)

    def test_only_what_was_handed_off_leaves(self, pump, draft, coordinator, now):
        with pytest.raises(IllegalMove):
            part(draft((pump, 1)), 1, coordinator, now)


class TestBackorders:
    def test_what_comes_goes_to_the_oldest_order(self, seal, draft, coordinator, now):
        orders = [draft((seal, 3)) for _ in range(2)]
        for n, order in enumerate(orders):
            issue = services.check(order, by=coordinator, at=now)[0]
            services.override(issue, reason="They wait", by=coordinator, at=now)
            services.confirm(order, by=coordinator, at=now + timedelta(minutes=n))
        house = StockItem.objects.get(product=seal).warehouse
        services.receive(seal, house, Decimal(4), by=coordinator, at=now)
        assert backorders.fill_due(at=now) == 2
        assert [o.lines.get().reserved for o in orders] == [3, 1]
        assert backorders.fill_due(at=now) == 0


class TestReturns:
    @pytest.fixture
    def shipped(self, handed, coordinator, now):
        services.ship(handed, by=coordinator, at=now)
        return handed

    def ask(self, order, quantity, by, at, reason="wrong_item", cause="coordinator"):
        return returns.ask(order, quantities={order.lines.get().pk: Decimal(quantity)},
                           reason=reason, cause=cause, by=by, at=at)  # fmt: skip

    def test_what_is_sound_goes_back_into_stock(self, shipped, coordinator, now):
        row = self.ask(shipped, 2, coordinator, now)
        returns.approve(row, by=coordinator, at=now)
        returns.receive(row, restocked={row.lines.get().pk: Decimal(1)}, by=coordinator, at=now)
        assert StockItem.objects.get().on_hand == 7
        assert stock.recount() == {}
        returns.close(row, by=coordinator, at=now)
        assert row.status == "closed"

    def test_our_fault_counts_against_accuracy(self, shipped, coordinator, now):
        self.ask(shipped, 1, coordinator, now)
        issue = OrderIssue.objects.get(state="reported")
        assert (issue.kind, issue.cause) == ("wrong_item", "coordinator")

    def test_a_change_of_mind_does_not(self, shipped, coordinator, now):
        self.ask(shipped, 1, coordinator, now, reason="changed_mind", cause="customer")
        assert not OrderIssue.objects.filter(state="reported").exists()

    def test_no_more_comes_back_than_went_out(self, shipped, coordinator, now):
        self.ask(shipped, 3, coordinator, now)
        with pytest.raises(services.BadLine, match="1 of VM-45 can come back"):
            self.ask(shipped, 2, coordinator, now)

    def test_before_anything_left_there_is_nothing_to_return(self, handed, coordinator, now):
        with pytest.raises(services.CannotFix):
            self.ask(handed, 1, coordinator, now)

    def test_received_before_it_was_approved_is_no_way(self, shipped, coordinator, now):
        row = self.ask(shipped, 1, coordinator, now)
        with pytest.raises(IllegalMove):
            returns.receive(row, restocked={}, by=coordinator, at=now)


class TestInvoices:
    @pytest.fixture
    def bill(self, handed, coordinator, now):
        TaxRate.objects.create(country="United Kingdom", tax_class="standard", percent=20,
                               valid_from=now.date())  # fmt: skip
        services.ship(handed, by=coordinator, at=now)
        return invoices.request(handed, by=coordinator, at=now)

    def test_what_left_is_invoiced_with_its_tax(self, bill):
        assert (bill.net, bill.tax, bill.gross) == (400, 80, 480)

    def test_once(self, bill, handed, coordinator, now):
        with pytest.raises(services.CannotFix):
            invoices.request(handed, by=coordinator, at=now)

    def test_numbers_follow_each_other_and_days_the_terms(self, bill, handed, coordinator, now):
        handed.payment_terms = "14 days"
        handed.save()
        bill.order.refresh_from_db()
        invoices.issue(bill, by=coordinator, at=now)
        assert bill.number == "INV-2026-00001"
        assert bill.due_on - bill.issued_on == timedelta(days=14)

    def test_what_is_issued_stands(self, bill, coordinator, now):
        invoices.issue(bill, by=coordinator, at=now)
        with pytest.raises(IntegrityError, match="credit note"), transaction.atomic():
            Invoice.objects.filter(pk=bill.pk).update(net=1, gross=81)
        with pytest.raises(IntegrityError, match="stand"), transaction.atomic():
            bill.lines.update(quantity=1)

    def test_whoever_rolls_back_leaves_no_gap(self, bill, coordinator, now):
        point = transaction.savepoint()
        invoices.issue(bill, by=coordinator, at=now)
        transaction.savepoint_rollback(point)
        bill.refresh_from_db()
        invoices.issue(bill, by=coordinator, at=now)
        assert bill.number == "INV-2026-00001"

    def test_a_sequence_would_leave_one(self):
        """The control: what the numbers are not made of."""
        with connection.cursor() as sql:
            sql.execute("SELECT nextval('orders_return_number')")
            first = sql.fetchone()[0]
            point = transaction.savepoint()
            sql.execute("SELECT nextval('orders_return_number')")
            transaction.savepoint_rollback(point)
            sql.execute("SELECT nextval('orders_return_number')")
            assert sql.fetchone()[0] == first + 2

    def test_a_credit_note_takes_it_back(self, bill, coordinator, now):
        invoices.issue(bill, by=coordinator, at=now)
        note = invoices.credit(bill, quantities=None, reason="Wrong price", by=coordinator, at=now)
        invoices.issue(note, by=coordinator, at=now)
        bill.refresh_from_db()
        assert (note.number, note.gross, bill.status) == ("CN-2026-00001", 480, "credited")
        with pytest.raises(services.BadLine):
            invoices.credit(bill, quantities=None, reason="Again", by=coordinator, at=now)

    def test_paid_and_delivered_the_order_is_closed(self, bill, handed, coordinator, now):
        services.deliver(handed, by=coordinator, at=now)
        invoices.issue(bill, by=coordinator, at=now)
        invoices.pay(bill, on=now.date(), by=coordinator, at=now)
        handed.refresh_from_db()
        assert handed.status == "closed"

    def test_money_does_not_come_tomorrow(self, bill, coordinator, now):
        invoices.issue(bill, by=coordinator, at=now)
        with pytest.raises(services.CannotFix):
            invoices.pay(bill, on=now.date() + timedelta(days=1), by=coordinator, at=now)


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_get_eight_numbers_in_a_row(role_groups, now):
    account = factories.AccountFactory()
    by = factories.UserFactory()
    order = services.create_draft(account, lines=[], by=by, at=now)
    rows = [
        Invoice.objects.create(order=order, account=account, currency="EUR", net=0, tax=0, gross=0,
                               requested_at=now)
        for _ in range(8)
    ]  # fmt: skip

    def issue(row):
        try:
            invoices.issue(row, by=by, at=now)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue, args=[row]) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"INV-2026-{n:05d}" for n in range(1, 9)]
    assert InvoiceSeries.objects.get().last == 8


class TestAmendments:
    def change(self, order, by, at, cause="customer", **fields):
        line = order.lines.order_by("position").first()
        return amendments.propose(order, changes=[{"line": line.pk, **fields}], reason="They called",
                                  cause=cause, by=by, at=at)  # fmt: skip

    def test_stock_follows_and_the_order_keeps_what_it_was(self, handed, coordinator, now):
        row = self.change(handed, coordinator, now, quantity="6")
        assert (row.status, row.before[0]["quantity"], row.after[0]["quantity"]) == (
            "applied",
            "4",
            "6",
        )
        assert handed.lines.get().reserved == 6
        assert stock.recount() == {}

    def test_a_line_more_and_a_line_less(self, handed, coordinator, now):
        factories.priced_product(sku="BV-2", amount="12.00", stock=9)
        line = handed.lines.get()
        changes = [{"sku": "BV-2", "quantity": "5"}, {"line": line.pk, "quantity": "0"}]
        amendments.propose(handed, changes=changes, reason="Other size", cause="customer",
                           by=coordinator, at=now)  # fmt: skip
        assert list(handed.lines.values_list("product__sku", "reserved")) == [("BV-2", 5)]
        assert handed.net == 60
        assert stock.recount() == {}

    def test_too_much_is_refused_whole(self, handed, coordinator, now):
        with pytest.raises(services.Shortage):
            self.change(handed, coordinator, now, quantity="60")
        handed.refresh_from_db()
        assert (handed.lines.get().quantity, handed.lines.get().reserved) == (4, 4)

    def test_less_than_was_shipped_is_refused(self, handed, coordinator, now):
        part(handed, 2, coordinator, now)
        with pytest.raises(services.BadLine, match="2 of line 1 left"):
            self.change(handed, coordinator, now, quantity="1")

    def test_our_own_mistake_counts(self, handed, coordinator, now):
        self.change(handed, coordinator, now, quantity="3", cause="coordinator")
        assert OrderIssue.objects.get(state="reported").cause == "coordinator"

    @pytest.mark.parametrize("typed", ["-1", "1e30", "NaN", "two", "1e-9e"])
    def test_no_number_no_change(self, typed, handed, coordinator, now):
        with pytest.raises(services.Unusable):
            self.change(handed, coordinator, now, quantity=typed)

    def test_a_rule_is_asked_again_and_its_yes_applies_the_change(
        self, handed, coordinator, now, team
    ):
        from orders.models import ApprovalRule

        boss = factories.member(Role.MANAGER, team=team)
        ApprovalRule.objects.create(name="Off", kind="discount", threshold=10, approver=boss)
        row = self.change(handed, coordinator, now, discount_percent="50")
        assert (row.status, handed.lines.get().discount_percent) == ("waiting", 0)
        services.approvals.decide(row.approvals.get(), approve=True, note="", by=boss, at=now)
        row.refresh_from_db()
        with connection.cursor() as sql:
            sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert (row.status, handed.lines.get().discount_percent) == ("applied", 50)
