"""Drafting: numbers, prices, totals, edits."""

from datetime import date
from decimal import Decimal

import pytest

from journal.models import Entry
from orders import services
from orders.models import Order, Price, PriceSource, Status
from tests import factories

pytestmark = pytest.mark.django_db


class TestDraft:
    def test_takes_prices_from_the_list_and_adds_them_up(self, pump, seal, draft):
        order = draft((pump, 3), (seal, 2))
        assert order.net == Decimal("472.80")
        assert {line.price_source for line in order.lines.all()} == {PriceSource.LIST}

    def test_ships_to_the_account_unless_told_otherwise(self, pump, draft):
        order = draft((pump, 1))
        assert (order.ship_name, order.ship_city) == ("Northgate Water", "Leeds")

    def test_finds_products_by_sku_whatever_the_case(self, pump, account, coordinator, now):
        line = {"sku": "vm-45", "quantity": 1}
        order = services.create_draft(account, lines=[line], by=coordinator, at=now)
        assert order.lines.get().product == pump

    def test_names_every_product_that_we_do_not_have(self, account, coordinator, now):
        lines = [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 1}]
        with pytest.raises(services.UnknownProduct, match="A, B"):
            services.create_draft(account, lines=lines, by=coordinator, at=now)
        assert not Order.objects.exists()

    def test_takes_the_price_of_the_day(self, pump, draft):
        old = pump.prices.get()
        old.valid_until = date(2026, 11, 1)
        old.save()
        Price.objects.create(
            price_list=old.price_list, product=pump, amount=120, valid_from=date(2026, 11, 1)
        )
        Price.objects.create(
            price_list=old.price_list, product=pump, amount=999, valid_from=date(2026, 12, 1)
        )
        assert draft((pump, 1)).net == 120

    def test_refuses_a_total_that_does_not_fit(self, pump, draft):
        with pytest.raises(services.BadLine):
            draft((pump, Decimal(10) ** 10))

    def test_never_gives_a_number_twice(self, pump, draft):
        assert len({draft((pump, 1)).number for _ in range(5)}) == 5

    def test_costs_the_same_number_of_queries_for_many_lines(
        self, account, coordinator, now, django_assert_num_queries
    ):
        skus = [factories.priced_product(stock=5).sku for _ in range(12)]
        coordinator.has_perm("orders.change_order")
        for n in (2, 12):
            lines = [{"sku": sku, "quantity": 1} for sku in skus[:n]]
            with django_assert_num_queries(7):  # of which 2 are a savepoint
                services.create_draft(account, lines=lines, by=coordinator, at=now)


class TestEdits:
    def test_an_edit_of_a_checked_order_has_to_be_checked_again(
        self, pump, draft, coordinator, now
    ):
        order = draft((pump, 1))
        services.check(order, by=coordinator, at=now)
        assert order.status == Status.CHECKED
        line = order.lines.get()
        services.change_line(line, quantity=Decimal(2), by=coordinator, at=now)
        order.refresh_from_db()
        assert (order.status, order.net, order.version) == (Status.DRAFT, 200, 2)

    def test_a_typed_price_is_known_as_one(self, pump, draft, coordinator, now):
        line = draft((pump, 1)).lines.get()
        services.change_line(line, unit_price=Decimal(90), by=coordinator, at=now)
        assert line.price_source == PriceSource.MANUAL

    def test_lines_stand_once_confirmed(self, pump, draft, coordinator, now):
        order = draft((pump, 1))
        services.confirm(order, by=coordinator, at=now)
        with pytest.raises(services.Closed):
            services.remove_line(order.lines.get(), by=coordinator, at=now)

    def test_details_that_do_not_differ_write_nothing(self, pump, draft, coordinator, now):
        order = draft((pump, 1), po_number="NW-1")
        before = Entry.objects.count()
        services.set_details(order, po_number="NW-1", by=coordinator, at=now)
        assert Entry.objects.count() == before
