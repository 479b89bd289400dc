"""The gate: what it finds, how it is fixed, how it is overridden."""

from datetime import date
from decimal import Decimal

import pytest

from journal.models import Entry
from orders import services
from orders.models import IncomingStock, IssueState, Order, Status, Warehouse
from tests import factories

pytestmark = pytest.mark.django_db


def kinds(issues):
    return [str(issue.kind) for issue in issues]


class TestFindings:
    def test_a_sound_order_passes(self, pump, draft, coordinator, now):
        order = draft((pump, 2))
        assert services.check(order, by=coordinator, at=now) == []
        assert order.status == Status.CHECKED

    def test_an_order_without_lines_does_not(self, draft, coordinator, now):
        assert kinds(services.check(draft(), by=coordinator, at=now)) == ["quantity"]

    def test_two_lines_of_one_product_share_its_stock(self, pump, draft, coordinator, now):
        issues = services.check(draft((pump, 6), (pump, 6)), by=coordinator, at=now)
        assert kinds(issues) == ["availability"]
        assert "6 of VM-45 wanted, 4 free" in issues[0].message

    def test_what_comes_in_time_only_warns(self, seal, draft, coordinator, now):
        on_its_way(seal, 5, date(2026, 12, 1))
        order = draft((seal, 5), wanted_on=date(2026, 12, 4))
        issues = services.check(order, by=coordinator, at=now)
        assert [issue.blocks for issue in issues] == [False]
        assert order.status == Status.CHECKED

    def test_what_comes_too_late_blocks(self, seal, draft, coordinator, now):
        on_its_way(seal, 5, date(2026, 12, 8))
        order = draft((seal, 5), wanted_on=date(2026, 12, 4))
        assert [i.blocks for i in services.check(order, by=coordinator, at=now)] == [True]

    def test_what_comes_is_not_promised_twice(self, seal, draft, coordinator, now):
        on_its_way(seal, 5, date(2026, 12, 1))
        first = draft((seal, 4), wanted_on=date(2026, 12, 4))
        services.confirm(first, by=coordinator, at=now)
        second = draft((seal, 4), wanted_on=date(2026, 12, 4))
        assert [i.blocks for i in services.check(second, by=coordinator, at=now)] == [True]

    @pytest.mark.parametrize("fields", [{"credit_hold": True}, {"credit_limit": Decimal(150)}])
    def test_credit(self, fields, pump, draft, coordinator, now):
        account = factories.AccountFactory(**fields)
        issues = services.check(draft((pump, 2), account=account), by=coordinator, at=now)
        assert kinds(issues) == ["credit"]

    def test_open_orders_use_up_the_limit(self, pump, draft, coordinator, now):
        account = factories.AccountFactory(credit_limit=Decimal(250))
        services.confirm(draft((pump, 2), account=account), by=coordinator, at=now)
        issues = services.check(draft((pump, 1), account=account), by=coordinator, at=now)
        assert kinds(issues) == ["credit"]

    def test_a_po_used_twice_warns(self, pump, draft, coordinator, now):
        first = draft((pump, 1), po_number="NW-1")
        issues = services.check(draft((pump, 1), po_number="NW-1"), by=coordinator, at=now)
        assert kinds(issues) == ["duplicate_po"]
        assert not issues[0].blocks
        assert first.number in issues[0].message

    def test_an_address_without_street(self, pump, draft, coordinator, now):
        account = factories.AccountFactory(street="")
        order = draft((pump, 1), account=account)
        assert kinds(services.check(order, by=coordinator, at=now)) == ["ship_to"]

    def test_a_price_off_the_list(self, pump, draft, coordinator, now):
        order = draft((pump, 1))
        line = order.lines.get()
        services.change_line(line, unit_price=Decimal(90), by=coordinator, at=now)
        assert kinds(services.check(order, by=coordinator, at=now)) == ["price"]

    def test_a_list_price_that_changed_since(self, pump, draft, coordinator, now):
        order = draft((pump, 1))
        pump.prices.update(amount=110)
        issues = services.check(order, by=coordinator, at=now)
        assert kinds(issues) == ["price"]
        assert "changed" in issues[0].data["why"]

    def test_broken_packs(self, draft, coordinator, now):
        transmitter = factories.priced_product(stock=50, pack_size=5)
        assert kinds(services.check(draft((transmitter, 6)), by=coordinator, at=now)) == [
            "pack_size"
        ]


class TestFixes:
    def fix(self, order, code, coordinator, now):
        issue = order.issues.get(state=IssueState.OPEN)
        services.apply_fix(issue, code, by=coordinator, at=now)
        order.refresh_from_db()
        issue.refresh_from_db()
        return issue

    def test_a_fixed_problem_is_a_save(self, pump, draft, coordinator, now):
        order = draft((pump, 12))
        services.check(order, by=coordinator, at=now)
        issue = self.fix(order, "set_quantity", coordinator, now)
        assert (order.status, order.net) == (Status.CHECKED, 1000)
        assert issue.state == IssueState.FIXED
        assert Entry.objects.filter(action="orders.issue.fixed").count() == 1

    def test_a_removed_line_is_a_save_too(self, pump, seal, draft, coordinator, now):
        order = draft((pump, 1), (seal, 1))
        services.check(order, by=coordinator, at=now)
        issue = self.fix(order, "remove_line", coordinator, now)
        assert (order.status, issue.state) == (Status.CHECKED, IssueState.FIXED)

    def test_split_leaves_what_is_free_and_drafts_the_rest(self, pump, draft, coordinator, now):
        on_its_way(pump, 20, date(2026, 12, 1))
        order = draft((pump, 12))
        services.check(order, by=coordinator, at=now)
        self.fix(order, "split", coordinator, now)
        rest = Order.objects.exclude(pk=order.pk).get()
        assert (order.lines.get().quantity, rest.lines.get().quantity) == (10, 2)
        assert rest.wanted_on == date(2026, 12, 1)

    def test_use_the_list_price(self, pump, draft, coordinator, now):
        order = draft((pump, 1))
        services.change_line(order.lines.get(), unit_price=Decimal(9), by=coordinator, at=now)
        services.check(order, by=coordinator, at=now)
        self.fix(order, "use_list_price", coordinator, now)
        assert (order.status, order.net) == (Status.CHECKED, 100)

    def test_ship_to_from_the_account(self, pump, draft, coordinator, now):
        order = draft((pump, 1))
        services.set_details(order, ship_street="", by=coordinator, at=now)
        services.check(order, by=coordinator, at=now)
        self.fix(order, "ship_to_account", coordinator, now)
        assert order.ship_street == "Pump Lane 1"

    def test_only_fixes_that_were_offered(self, pump, draft, coordinator, now):
        order = draft((pump, 12))
        services.check(order, by=coordinator, at=now)
        with pytest.raises(services.CannotFix):
            self.fix(order, "use_list_price", coordinator, now)


class TestOverride:
    def found(self, draft, pump, coordinator, now):
        order = draft((pump, 1))
        services.change_line(order.lines.get(), unit_price=Decimal(90), by=coordinator, at=now)
        return order, services.check(order, by=coordinator, at=now)[0]

    def test_lets_the_order_go_on_and_says_why(self, pump, draft, coordinator, now):
        order, issue = self.found(draft, pump, coordinator, now)
        services.override(issue, reason="Agreed by Helen", by=coordinator, at=now)
        order.refresh_from_db()
        assert order.status == Status.CHECKED
        assert services.check(order, by=coordinator, at=now) == []

    def test_is_void_when_the_price_changes_again(self, pump, draft, coordinator, now):
        order, issue = self.found(draft, pump, coordinator, now)
        services.override(issue, reason="Agreed by Helen", by=coordinator, at=now)
        services.change_line(order.lines.get(), unit_price=Decimal(50), by=coordinator, at=now)
        assert kinds(services.check(order, by=coordinator, at=now)) == ["price"]

    def test_needs_a_reason(self, pump, draft, coordinator, now):
        _, issue = self.found(draft, pump, coordinator, now)
        with pytest.raises(services.NoReason):
            services.override(issue, reason="  ", by=coordinator, at=now)

    def test_of_availability_holds_what_is_there(self, pump, draft, coordinator, now):
        order = draft((pump, 12))
        issue = services.check(order, by=coordinator, at=now)[0]
        services.override(issue, reason="Customer waits", by=coordinator, at=now)
        services.confirm(order, by=coordinator, at=now)
        assert order.lines.get().reserved == 10


def on_its_way(product, quantity, on):
    IncomingStock.objects.create(
        product=product, warehouse=Warehouse.objects.get(), quantity=quantity, expected_on=on
    )
