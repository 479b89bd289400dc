"""What leaves the house in parts: never more than there is, always told, always provable."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from comms.models import Delivery
from desk import services as desk
from journal.models import Entry
from orders import services
from orders.models import ApprovalRule, IllegalMove, Order, Shipment, StockItem, StockMove
from orders.services import amendments, shipments, stock
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


class TestParts:
    def test_each_line_goes_its_own_way(self, handed, send, pump):
        valve = factories.priced_product(sku="BV-2", stock=8)
        order = handed((pump, 4), (valve, 6))
        send(order, 1, 6)
        rows = order.lines.order_by("position").values_list("shipped", "reserved")
        assert list(rows) == [(1, 3), (6, 0)]
        assert dict(StockItem.objects.values_list("product__sku", "on_hand")) == {
            "VM-45": 9, "BV-2": 2,
        }  # fmt: skip
        assert stock.recount() == {}

    def test_two_lines_of_one_product_share_its_item(self, handed, send, pump):
        order = handed((pump, 4), (pump, 5))
        send(order, 2, 3)
        item = StockItem.objects.get()
        assert (item.on_hand, item.reserved) == (5, 4)
        assert stock.recount() == {}

    def test_a_fraction_leaves_to_the_thousandth(self, handed, send, pump):
        order = handed((pump, 4))
        send(order, "1.125")
        assert order.lines.get().reserved == Decimal("2.875")

    def test_shipping_the_order_sends_what_is_left(self, handed, send, pump, coordinator, now):
        order = handed((pump, 4))
        send(order, 1)
        services.ship(order, by=coordinator, at=now)
        assert [s.lines.get().quantity for s in order.shipments.order_by("pk")] == [1, 3]
        assert (order.status, order.shipped_at) == ("shipped", now)

    def test_a_part_is_written_down_as_a_part(self, handed, send, pump):
        order = handed((pump, 4))
        made = send(order, 1, carrier="Rhenus")
        entry = Entry.objects.get(action="orders.order.partly_shipped")
        assert (entry.subject_id, entry.data["shipment"]) == (order.pk, made.number)
        assert Decimal(entry.data["left"]) == 3
        assert not Entry.objects.filter(action="orders.order.shipped").exists()

    @pytest.mark.parametrize("quantity", ["4.001", "-1", "99999999999"])
    def test_what_is_not_left_stays(self, quantity, handed, send, pump):
        order = handed((pump, 4))
        with pytest.raises(services.BadLine):
            send(order, quantity)
        assert not Shipment.objects.exists()

    def test_nothing_is_no_shipment(self, handed, send, pump):
        with pytest.raises(services.BadLine, match="how much"):
            send(handed((pump, 4)), 0)

    def test_another_orders_line_is_refused(self, handed, pump, coordinator, now):
        mine, other = handed((pump, 1)), handed((pump, 1))
        wanted = {other.lines.get().pk: Decimal(1)}
        with pytest.raises(services.BadLine, match="not in the order"):
            shipments.ship_part(mine, quantities=wanted, by=coordinator, at=now)

    def test_what_others_hold_is_not_taken(self, handed, send, seal, coordinator, draft, now):
        order = draft((seal, 3))
        issue = services.check(order, by=coordinator, at=now)[0]
        services.override(issue, reason="They wait", by=coordinator, at=now)
        services.confirm(order, by=coordinator, at=now)
        services.hand_off(order, by=coordinator, at=now)
        house = StockItem.objects.get(product=seal).warehouse
        services.receive(seal, house, Decimal(2), by=coordinator, at=now)
        handed((seal, 2))
        with pytest.raises(services.Shortage, match="0 are free"):
            send(order, 1)
        assert order.lines.get().shipped == 0

    def test_nothing_leaves_while_on_hold(self, handed, send, pump, coordinator, now):
        order = handed((pump, 4))
        services.hold(order, reason="Credit", until=None, by=coordinator, at=now)
        with pytest.raises(services.OnHold):
            send(order, 1)

    def test_a_part_does_not_leave_twice_after_the_last(self, handed, send, pump):
        order = handed((pump, 1))
        send(order, 1)
        with pytest.raises(IllegalMove):
            send(order, 1)


class TestTheRestTakenOff:
    """ "Some left the house. Take the rest off": then all that is to leave has left."""

    def take_off(self, order, quantity, by, at):
        line = order.lines.get()
        changes = [{"line": line.pk, "quantity": quantity}]
        return amendments.propose(
            order, changes=changes, reason="They need no more", cause="customer", by=by, at=at
        )

    def test_the_order_is_shipped_since_the_last_part_left(
        self, handed, send, pump, coordinator, now
    ):
        order = handed((pump, 4))
        send(order, 1)
        self.take_off(order, "1", coordinator, now + timedelta(days=2))
        order.refresh_from_db()
        assert (order.status, order.shipped_at) == ("shipped", now)

    def test_and_delivered_if_all_parts_have_arrived(self, handed, send, pump, coordinator, now):
        order = handed((pump, 4))
        shipments.deliver_shipment(send(order, 1), by=coordinator, at=now)
        self.take_off(order, "1", coordinator, now)
        order.refresh_from_db()
        assert order.status == "delivered"

    def test_also_when_logistics_had_sent_it_back(self, handed, send, pump, coordinator, now):
        order = handed((pump, 4))
        send(order, 1)
        services.take_back(order, "None left", by=coordinator, at=now)
        self.take_off(order, "1", coordinator, now)
        order.refresh_from_db()
        assert order.status == "shipped"

    def test_not_while_something_is_to_leave(self, handed, send, pump, coordinator, now):
        order = handed((pump, 4))
        send(order, 1)
        self.take_off(order, "2", coordinator, now)
        order.refresh_from_db()
        assert order.status == "handed_off"

    def test_a_late_yes_does_not_unship_what_left_meanwhile(
        self, handed, send, pump, coordinator, team, now
    ):
        order = handed((pump, 4))
        boss = factories.member(Role.MANAGER, team=team)
        ApprovalRule.objects.create(name="Value", kind="value", threshold=10, approver=boss)
        row = self.take_off(order, "2", coordinator, now)
        send(order, 3)
        with pytest.raises(services.BadLine, match="3 of line 1 left"):
            services.approvals.decide(row.approvals.get(), approve=True, note="", by=boss, at=now)
        self.refuse(row, boss, now)
        assert order.lines.get().quantity == 4

    def test_nor_changes_an_order_that_left_whole(self, handed, send, pump, coordinator, team, now):
        order = handed((pump, 4))
        boss = factories.member(Role.MANAGER, team=team)
        ApprovalRule.objects.create(name="Value", kind="value", threshold=10, approver=boss)
        row = self.take_off(order, "6", coordinator, now)
        send(order, 4)
        with pytest.raises(services.CannotFix, match="is shipped; it stands"):
            services.approvals.decide(row.approvals.get(), approve=True, note="", by=boss, at=now)
        self.refuse(row, boss, now)
        assert order.lines.get().quantity == 4

    def refuse(self, row, by, at):
        """The approver is not left with a question that has no answer."""
        question = row.approvals.get()
        services.approvals.decide(question, approve=False, note="It left already", by=by, at=at)
        row.refresh_from_db()
        assert row.status == "refused"


class TestProof:
    def test_says_who_signed_once(self, handed, send, pump, coordinator, now):
        row = send(handed((pump, 1)), 1)
        for name in ("K. Weber", "Somebody else"):
            shipments.deliver_shipment(row, received_by=name, by=coordinator, at=now)
        row.refresh_from_db()
        assert row.received_by == "K. Weber"
        assert Entry.objects.filter(action="orders.order.shipment_delivered").count() == 1

    def test_the_whole_order_delivers_every_part(self, handed, send, pump, coordinator, now):
        order = handed((pump, 2))
        send(order, 1)
        send(order, 1)
        services.deliver(order, by=coordinator, at=now)
        assert not order.shipments.filter(delivered_at=None).exists()
        assert order.delivered_at == now

    def test_a_part_that_arrived_delivers_no_order(self, handed, send, pump, coordinator, now):
        order = handed((pump, 2))
        shipments.deliver_shipment(send(order, 1), by=coordinator, at=now)
        order.refresh_from_db()
        assert order.status == "handed_off"
        with pytest.raises(IllegalMove):
            services.deliver(order, by=coordinator, at=now)


class TestWords:
    def test_each_shipment_and_each_arrival_is_owed_once(
        self, handed, send, pump, coordinator, now
    ):
        order = handed((pump, 2))
        rows = [send(order, 1, carrier="DSV", tracking_number="D-1"), send(order, 1)]
        for row in rows:
            shipments.deliver_shipment(row, received_by="K. Weber", by=coordinator, at=now)
        keys = set(Delivery.objects.values_list("key", flat=True))
        steps = ("shipped", "delivered")
        assert keys == {f"shipment:{row.pk}:{step}" for row in rows for step in steps}
        left = Delivery.objects.get(key=f"shipment:{rows[0].pk}:shipped")
        assert left.recipient == order.contact.email
        assert all(word in left.body for word in ("DSV", "D-1", "1 of", "VM-45", "rest follows"))
        there = Delivery.objects.get(key=f"shipment:{rows[1].pk}:delivered")
        assert "K. Weber" in there.body
        assert rows[1].number in there.subject

    def test_the_whole_order_at_once_tells_too(self, handed, send, pump, coordinator, now):
        order = handed((pump, 1))
        row = send(order, 1)
        services.deliver(order, by=coordinator, at=now)
        assert Delivery.objects.filter(key=f"shipment:{row.pk}:delivered").exists()

    @pytest.mark.parametrize("wish", [{"no_mail": True}, {"email": ""}])
    def test_who_wants_no_mail_gets_none(self, wish, handed, send, pump, coordinator, now):
        order = handed((pump, 1))
        for name, value in wish.items():
            setattr(order.contact, name, value)
        order.contact.save()
        services.deliver(Order.objects.get(pk=send(order, 1).order_id), by=coordinator, at=now)
        assert not Delivery.objects.exists()

    def test_a_shipment_that_was_refused_tells_nobody(self, handed, send, pump):
        with pytest.raises(services.BadLine):
            send(handed((pump, 1)), 2)
        assert not Delivery.objects.exists()


class TestHandOff:
    def test_logistics_is_done_when_the_parts_are(
        self, draft, send, pump, coordinator, logistics, logistics_member, now
    ):
        order = draft((pump, 4))
        services.confirm(order, by=coordinator, at=now)
        asked = desk.ask_department(logistics, ask="Ship", order=order, by=coordinator, at=now)
        desk.accept_handoff(asked, promised_on=now.date(), by=logistics_member, at=now)
        order.refresh_from_db()
        send(order, 4)
        desk.finish_handoff(asked, by=logistics_member, at=now)
        assert order.shipments.count() == 1


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def ship_eight_times(self, order, by, at):
        """Eight colleagues press the button for one piece of four."""
        line, gate = order.lines.get().pk, Barrier(8)

        def press(_):
            try:
                mine = Order.objects.get(pk=order.pk)
                gate.wait()
                shipments.ship_part(mine, quantities={line: Decimal(1)}, by=by, at=at)
            except (services.BadLine, IllegalMove):
                return 0
            finally:
                connection.close()
            return 1

        with ThreadPoolExecutor(8) as pool:
            return sum(pool.map(press, range(8)))

    def test_what_is_there_leaves_once(self, handed, pump, coordinator, now):
        order = handed((pump, 4))
        assert self.ship_eight_times(order, coordinator, now) == 4
        line = order.lines.get()
        assert (line.shipped, line.reserved) == (4, 0)
        assert StockMove.objects.filter(kind="ship").count() == 4
        assert stock.recount() == {}

    def test_without_the_orders_lock_it_would_not(
        self, handed, pump, coordinator, now, monkeypatch
    ):
        """The control: the same clicks when nobody waits for the order."""
        order = handed((pump, 4))
        monkeypatch.setattr("orders.services.shipments.drafts.lock", lambda _: None)
        seen = Barrier(8)
        before = shipments._chosen

        def late(*args):
            chosen = before(*args)
            seen.wait()
            return chosen

        monkeypatch.setattr(shipments, "_chosen", late)
        with pytest.raises(Exception, match=r"orders_orderline_sane|never_oversold|deadlock"):
            self.ship_eight_times(order, coordinator, now)
