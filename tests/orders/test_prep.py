"""What orders say before a meeting: sums by month, what is unpaid, what a reader may see."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from orders import prep
from orders.models import Invoice, Order
from people.models import Role
from tests import factories


@pytest.fixture
def account(rep):
    return factories.AccountFactory(owner=rep, credit_limit=Decimal(5000))


@pytest.fixture
def order_of(account, rep, now):
    def make(net, *, days_ago=0, status="confirmed", **fields):
        at = now - timedelta(days=days_ago)
        values = {"number": f"SO-{Order.objects.count()}", "account": account, "rep": rep,
                  "placed_at": at, "confirmed_at": at, "net": net, "status": status}  # fmt: skip
        return Order.objects.create(**values | fields)

    return make


class TestNumbers:
    def test_add_up_by_month_of_the_last_twelve(self, account, order_of, now):
        order_of(100)
        order_of(50, days_ago=3)
        order_of(70, days_ago=60)
        order_of(9000, days_ago=400)  # before
        order_of(800, status="draft")
        order_of(800, status="cancelled")
        order_of(800, currency="USD")  # another money adds up to nothing
        section = prep.numbers(account, None, None, now)
        assert [f.label for f in section.figures][::11] == ["Dec 2025", "Nov 2026"]
        assert {f.label: f.value for f in section.figures if f.value} == {
            "Nov 2026": 150.0, "Sep 2026": 70.0,
        }  # fmt: skip
        assert "220.00" in section.lines[0].text

    def test_count_a_night_on_the_portals_clock(self, account, order_of, now):
        night = now.replace(month=10, day=31, hour=23, minute=30)  # November in Amsterdam
        order_of(40, placed_at=night)
        found = {f.label: f.value for f in prep.numbers(account, None, None, now).figures}
        assert (found["Oct 2026"], found["Nov 2026"]) == (0.0, 40.0)

    def test_hold_what_the_reader_may_see(self, account, order_of, now, manager):
        account.owner = manager
        account.save()
        order_of(100, rep=manager)
        stranger = factories.member(Role.REP, team=factories.TeamFactory())
        assert sum(f.value for f in prep.numbers(account, None, stranger, now).figures) == 0
        assert prep.orders(account, None, stranger, now).lines == []
        assert sum(f.value for f in prep.numbers(account, None, manager, now).figures) == 100


class TestPayment:
    def test_says_what_is_open_overdue_and_left(self, account, order_of, now):
        order = order_of(1200)
        for n, days in enumerate((-10, 10)):
            Invoice.objects.create(
                number=f"I-{n}", order=order, account=account, status="issued", currency="EUR",
                net=100, tax=21, gross=121, requested_at=now, issued_on=date(2026, 11, 1),
                due_on=now.date() + timedelta(days=days),
            )  # fmt: skip
        texts = [line.text for line in prep.payment(account, None, None, now).lines]
        assert texts == [
            "Open invoices: €242.00", "Overdue: €121.00", "Credit left: €3,800.00", "I-0, €121.00",
        ]  # fmt: skip

    def test_says_a_hold_first_of_all(self, account, now):
        account.credit_hold, account.credit_hold_reason = True, "Three invoices overdue"
        line = prep.payment(account, None, None, now).lines[2]
        assert (line.text, line.note) == ("On credit hold", "Three invoices overdue")

    def test_a_meeting_without_account_has_none(self, now):
        assert prep.payment(None, None, None, now) is None
