"""Which price a customer pays, and why."""

from datetime import date
from decimal import Decimal

import pytest

from orders import services
from orders.models import Discount, Price, PriceList
from orders.queries.prices import Buyer, Wanted, offers
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def price_list(name, **fields):
    return PriceList.objects.create(name=name, **fields)


def price(book, product, amount, least=0, start=date(2026, 1, 1), until=None):
    Price.objects.create(
        price_list=book, product=product, amount=Decimal(amount), min_quantity=least,
        valid_from=start, valid_until=until,
    )  # fmt: skip


def offer(account, product, quantity=1, on=TODAY):
    who = Buyer(account.pk, account.tier, "EUR", on)
    return offers(who, [Wanted(Decimal(quantity), product.pk)])[0]


@pytest.fixture
def key(db):
    return factories.AccountFactory(name="Kestrel Offshore", tier="key")


class TestPrecedence:
    def test_the_customers_own_list_goes_first(self, key, pump):
        price(price_list("Key", segment="key"), pump, "90")
        price(price_list("Kestrel", account=key), pump, "95")
        assert offer(key, pump).list_price == 95
        assert offer(key, pump).why == "Kestrel"

    def test_then_the_list_of_the_segment(self, key, account, pump):
        price(price_list("Key", segment="key"), pump, "90")
        assert offer(key, pump).list_price == 90
        assert offer(account, pump).list_price == 100

    def test_the_highest_break_that_the_quantity_reaches(self, key, pump):
        book = price_list("Key", segment="key")
        for least, amount in ((0, "95"), (10, "90"), (50, "80")):
            price(book, pump, amount, least=least)
        assert [offer(key, pump, q).list_price for q in (1, 10, 49, 50)] == [95, 90, 90, 80]
        assert offer(key, pump, 50).why == "Key, from 50 up"

    def test_a_lapsed_list_counts_no_more(self, key, pump):
        price(price_list("Spring", segment="key", valid_until=date(2026, 6, 1)), pump, "50")
        assert offer(key, pump).list_price == 100
        assert offer(key, pump, on=date(2026, 5, 31)).list_price == 50

    def test_a_product_on_no_list_has_no_price(self, key):
        found = offer(key, factories.ProductFactory())
        assert (found.list_price, found.why) == (None, "On no price list")

    def test_the_largest_discount_counts_and_they_do_not_add_up(self, key, pump):
        for name, percent, fields in (
            ("Everybody", 3, {}), ("Key", 5, {"segment": "key"}), ("Others", 9, {"segment": "small"}),
        ):  # fmt: skip
            Discount.objects.create(name=name, percent=percent, valid_from=TODAY, **fields)
        found = offer(key, pump)
        assert (found.discount, found.why) == (5, "List EUR, 5 % Key")


class TestLines:
    def test_a_draft_takes_the_price_and_says_why(self, key, pump, coordinator, now):
        price(price_list("Key", segment="key"), pump, "90", least=10)
        order = services.create_draft(
            key, lines=[{"sku": "vm-45", "quantity": 10}], by=coordinator, at=now
        )
        line = order.lines.get()
        assert (line.unit_price, line.price_why) == (90, "Key, from 10 up")

    def test_a_new_quantity_finds_its_own_break(self, key, pump, coordinator, now):
        price(price_list("Key", segment="key"), pump, "90", least=10)
        order = services.create_draft(
            key, lines=[{"sku": "VM-45", "quantity": 1}], by=coordinator, at=now
        )
        line = order.lines.get()
        services.change_line(line, quantity=Decimal(12), by=coordinator, at=now)
        assert (line.unit_price, line.net) == (90, 1080)

    def test_a_price_typed_by_hand_stays(self, key, pump, coordinator, now):
        order = services.create_draft(
            key, lines=[{"sku": "VM-45", "quantity": 1, "unit_price": 77}], by=coordinator, at=now
        )
        line = order.lines.get()
        services.change_line(line, quantity=Decimal(12), by=coordinator, at=now)
        assert (line.unit_price, line.price_source) == (77, "manual")

    def test_far_too_many_lines_are_refused_in_words(self, key, pump, coordinator, now):
        lines = [{"sku": "VM-45", "quantity": 1}] * 10_000
        with pytest.raises(services.BadLine, match="at most 1,000 lines"):
            services.create_draft(key, lines=lines, by=coordinator, at=now)
