"""Invoices and credit notes: exact to the cent, numbered without a gap, closing what is settled."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from orders import services
from orders.models import Price, TaxRate
from orders.services import invoices, returns
from tests import factories

pytestmark = pytest.mark.django_db
RATES = (("United Kingdom", "standard", 20), ("United Kingdom", "reduced", 5), ("", "standard", 21))


@pytest.fixture
def rates(now):
    for country, kind, percent in RATES:
        TaxRate.objects.create(
            country=country, tax_class=kind, percent=percent, valid_from=date(2026, 1, 1)
        )


@pytest.fixture
def issued(coordinator, now):
    """`issued(order)`: an invoice over what it has shipped, with a number."""

    def make(order, at=now):
        row = invoices.request(order, by=coordinator, at=at)
        invoices.issue(row, by=coordinator, at=at)
        return row

    return make


@pytest.fixture
def credit(coordinator, now):
    """`credit(invoice, 1)`: an issued credit note over that much of its first line."""

    def make(invoice, *quantities, **more):
        lines = invoice.lines.order_by("position").values_list("pk", flat=True)
        wanted = {pk: Decimal(q) for pk, q in zip(lines, quantities, strict=False)} or None
        note = invoices.credit(
            invoice, quantities=wanted, reason="Agreed", by=coordinator, at=now, **more
        )
        invoices.issue(note, by=coordinator, at=now)
        return note

    return make


@pytest.fixture
def back(coordinator, now):
    """`back(order, 1)`: that much of the first line is here again."""

    def make(order, quantity):
        wanted = {order.lines.order_by("position").first().pk: Decimal(quantity)}
        row = returns.ask(
            order, quantities=wanted, reason="defect", cause="system", by=coordinator, at=now
        )
        returns.approve(row, by=coordinator, at=now)
        returns.receive(row, restocked={}, by=coordinator, at=now)
        return row

    return make


def odd(amount, **fields):
    """A product whose price does not divide into cents."""
    product = factories.priced_product(stock=1000, **fields)
    Price.objects.filter(product=product).update(amount=Decimal(amount))
    return product


class TestRequests:
    def test_each_covers_what_left_since_the_last(self, handed, send, pump, coordinator, now):
        order = handed((pump, 4))
        for quantity in (1, 3):
            send(order, quantity)
            row = invoices.request(order, by=coordinator, at=now)
            assert row.lines.get().quantity == quantity
        with pytest.raises(services.CannotFix, match="invoiced already"):
            invoices.request(order, by=coordinator, at=now)

    def test_nothing_left_nothing_to_ask(self, handed, pump, coordinator, now):
        with pytest.raises(services.CannotFix):
            invoices.request(handed((pump, 4)), by=coordinator, at=now)

    def test_tax_by_class_and_country_once_for_each_rate(
        self, rates, handed, pump, issued, coordinator, now
    ):
        book = factories.priced_product(sku="BOOK", amount="9.99", stock=9, tax_class="reduced")
        free = factories.priced_product(sku="FREE", amount="5.00", stock=9, tax_class="zero")
        order = handed((pump, 1), (book, 3), (free, 1))
        services.ship(order, by=coordinator, at=now)
        row = issued(order)
        taxes = dict(row.lines.values_list("text", "tax_percent"))
        assert sorted(taxes.values()) == [0, 5, 20]
        # 20 % of 100.00 and 5 % of 29.97 (1.4985), each rounded once.
        assert (row.net, row.tax, row.gross) == (
            Decimal("134.97"), Decimal("21.50"), Decimal("156.47"),
        )  # fmt: skip
        assert row.gross == row.net + row.tax

    def test_another_country_pays_the_rate_for_everywhere(
        self, rates, handed, pump, issued, coordinator, now
    ):
        order = handed((pump, 1))
        order.ship_country = "Norway"
        order.save(update_fields=["ship_country"])
        services.ship(order, by=coordinator, at=now)
        assert issued(order).tax == 21

    def test_without_a_rate_there_is_no_tax(self, handed, pump, issued, coordinator, now):
        order = handed((pump, 1))
        services.ship(order, by=coordinator, at=now)
        assert issued(order).tax == 0

    def test_a_rate_of_tomorrow_is_not_taken_today(
        self, rates, handed, pump, issued, coordinator, now
    ):
        TaxRate.objects.create(
            country="United Kingdom", tax_class="standard", percent=99,
            valid_from=now.date() + timedelta(days=1),
        )  # fmt: skip
        order = handed((pump, 1))
        services.ship(order, by=coordinator, at=now)
        assert issued(order).tax == 20


class TestDays:
    @pytest.mark.parametrize(
        ("terms", "days"), [("30 days", 30), ("net 60", 60), ("", 30), ("Prepaid", 0)]
    )
    def test_due_by_the_terms(self, terms, days, handed, pump, issued, coordinator, now):
        order = handed((pump, 1), payment_terms=terms)
        services.ship(order, by=coordinator, at=now)
        row = issued(order)
        assert row.due_on - row.issued_on == timedelta(days=days)

    def test_a_year_has_its_own_series_by_the_day_here(
        self, handed, send, pump, issued, coordinator
    ):
        order = handed((pump, 3))
        numbers = []
        for hour in (22, 23):  # 23:30 in Amsterdam is still this year, 00:30 is not
            send(order, 1)
            row = issued(order, at=datetime(2026, 12, 31, hour, 30, tzinfo=UTC))
            numbers.append(row.number)
        assert numbers == ["INV-2026-00001", "INV-2027-00001"]

    def test_credit_notes_count_for_themselves(self, handed, send, pump, issued, credit):
        order = handed((pump, 2))
        send(order, 2)
        row = issued(order)
        assert [credit(row, 1).number, credit(row, 1).number] == [
            "CN-2026-00001", "CN-2026-00002",
        ]  # fmt: skip


class TestCredits:
    @pytest.mark.parametrize("amount", ["0.334", "0.335", "0.005", "33.3333", "100"])
    def test_one_by_one_they_give_back_exactly_what_was_asked(
        self, amount, rates, handed, send, issued, credit
    ):
        order = handed((odd(amount), 3))
        send(order, 3)
        row = issued(order)
        notes = [credit(row, 1) for _ in range(3)]
        for name in ("net", "tax", "gross"):
            assert sum(getattr(note, name) for note in notes) == getattr(row, name)
            assert all(getattr(note, name) >= 0 for note in notes)
        row.refresh_from_db()
        assert row.status == "credited"

    def test_many_small_ones_never_give_back_too_much(self, rates, handed, send, issued, credit):
        order = handed((odd("0.005"), 20))
        send(order, 20)
        row = issued(order)
        for n in range(1, 21):
            credit(row, 1)
            sums = row.credit_notes.aggregate(net=Sum("net"), gross=Sum("gross"))
            assert sums["net"] <= row.net
            assert sums["gross"] <= row.gross
            row.refresh_from_db()
            assert row.status == ("credited" if n == 20 else "issued")

    def test_a_part_leaves_the_rest_owed(self, rates, handed, send, pump, issued, credit):
        order = handed((pump, 4))
        send(order, 4)
        row = issued(order)
        note = credit(row, 1)
        row.refresh_from_db()
        assert (note.net, note.tax, row.status) == (100, 20, "issued")
        assert invoices.creditable(row) == {row.lines.get().pk: 3}

    def test_a_discount_comes_off_the_credit_too(
        self, handed, send, pump, issued, credit, coordinator, now
    ):
        order = handed((pump, 2))
        order.lines.update(discount_percent=10, net=180)
        send(order, 2)
        assert credit(issued(order), 1).net == 90

    @pytest.mark.parametrize("quantity", ["3", "-1", "0"])
    def test_odd_quantities_are_refused(self, quantity, handed, send, pump, issued, credit):
        order = handed((pump, 2))
        send(order, 2)
        row = issued(order)
        with pytest.raises(services.BadLine), transaction.atomic():
            credit(row, quantity)
        assert not row.credit_notes.exists()

    def test_only_an_issued_invoice_is_credited(
        self, handed, send, pump, issued, credit, coordinator, now
    ):
        order = handed((pump, 3))
        send(order, 2)
        note = credit(issued(order), 1)
        send(order, 1)
        asked = invoices.request(order, by=coordinator, at=now)
        for row in (note, asked):
            with pytest.raises(services.CannotFix):
                invoices.credit(row, quantities=None, reason="No", by=coordinator, at=now)


class TestCreditsOfReturns:
    def test_take_exactly_what_came_back(self, handed, send, pump, issued, back, credit):
        order = handed((pump, 4))
        send(order, 4)
        row, came = issued(order), back(order, 3)
        note = credit(row, order_return=came)
        assert (note.net, note.order_return, note.lines.get().quantity) == (300, came, 3)

    def test_once(self, handed, send, pump, issued, back, credit):
        order = handed((pump, 4))
        send(order, 4)
        row, came = issued(order), back(order, 1)
        credit(row, order_return=came)
        with pytest.raises(services.BadLine), transaction.atomic():
            credit(row, order_return=came)

    def test_over_two_invoices_each_its_share(self, handed, send, pump, issued, back, credit):
        order = handed((pump, 4))
        rows = []
        for quantity in (1, 3):
            send(order, quantity)
            rows.append(issued(order))
        came = back(order, 2)
        notes = [credit(row, order_return=came) for row in rows]
        assert [note.lines.get().quantity for note in notes] == [1, 1]

    def test_of_another_order_not(self, handed, send, pump, issued, back, credit):
        mine, other = handed((pump, 1)), handed((pump, 1))
        for order in (mine, other):
            send(order, 1)
        row, came = issued(mine), back(other, 1)
        with pytest.raises(services.CannotFix, match="another order"):
            credit(row, order_return=came)

    def test_not_before_it_is_here(self, handed, send, pump, issued, credit, coordinator, now):
        order = handed((pump, 1))
        send(order, 1)
        row = issued(order)
        came = returns.ask(
            order, quantities={order.lines.get().pk: Decimal(1)}, reason="defect",
            cause="system", by=coordinator, at=now,
        )  # fmt: skip
        with pytest.raises(services.CannotFix, match="not here"):
            credit(row, order_return=came)


class TestClosing:
    """Delivered, all of it invoiced, and every invoice paid or credited."""

    @pytest.fixture
    def pay(self, coordinator, now):
        return lambda row: invoices.pay(row, on=now.date(), by=coordinator, at=now)

    def test_in_whatever_order_it_happens(self, handed, send, pump, issued, pay, coordinator, now):
        order = handed((pump, 1))
        send(order, 1)
        pay(issued(order))
        order.refresh_from_db()
        assert order.status == "shipped"
        services.deliver(order, by=coordinator, at=now)
        order.refresh_from_db()
        assert order.status == "closed"

    def test_not_while_a_shipment_is_on_no_invoice(
        self, handed, send, pump, issued, pay, coordinator, now
    ):
        order = handed((pump, 4))
        send(order, 1)
        first = issued(order)
        send(order, 3)
        services.deliver(order, by=coordinator, at=now)
        pay(first)
        order.refresh_from_db()
        assert order.status == "delivered"
        pay(issued(order))
        order.refresh_from_db()
        assert order.status == "closed"

    def test_not_while_an_invoice_is_open(self, handed, send, pump, issued, pay, coordinator, now):
        order = handed((pump, 2))
        rows = []
        for _ in range(2):
            send(order, 1)
            rows.append(issued(order))
        services.deliver(order, by=coordinator, at=now)
        pay(rows[0])
        order.refresh_from_db()
        assert order.status == "delivered"

    def test_not_without_any_invoice(self, handed, send, pump, coordinator, now):
        order = handed((pump, 1))
        send(order, 1)
        services.deliver(order, by=coordinator, at=now)
        assert order.status == "delivered"

    def test_credited_whole_is_settled_too(
        self, handed, send, pump, issued, credit, coordinator, now
    ):
        order = handed((pump, 1))
        send(order, 1)
        services.deliver(order, by=coordinator, at=now)
        credit(issued(order))
        order.refresh_from_db()
        assert order.status == "closed"

    def test_a_credit_note_does_not_keep_a_paid_order_open(
        self, handed, send, pump, issued, credit, pay, coordinator, now
    ):
        order = handed((pump, 2))
        send(order, 2)
        services.deliver(order, by=coordinator, at=now)
        row = issued(order)
        credit(row, 1)
        pay(row)
        order.refresh_from_db()
        assert order.status == "closed"

    def test_what_is_credited_whole_is_not_paid(self, handed, send, pump, issued, credit, pay):
        order = handed((pump, 1))
        send(order, 1)
        row = issued(order)
        credit(row)
        with pytest.raises(services.CannotFix, match="credited"):
            pay(row)


@pytest.mark.django_db(transaction=True)
def test_two_last_credit_notes_at_once_settle_the_invoice(
    handed, send, pump, issued, coordinator, now
):
    """Each must see the other: whoever comes second waits for the invoice."""
    order = handed((pump, 2))
    send(order, 2)
    row = issued(order)
    line, gate = row.lines.get().pk, Barrier(2)
    notes = [
        invoices.credit(row, quantities={line: Decimal(1)}, reason="Half", by=coordinator, at=now)
        for _ in range(2)
    ]

    def work(note):
        gate.wait()
        try:
            invoices.issue(note, by=coordinator, at=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, notes))
    row.refresh_from_db()
    assert row.status == "credited"
