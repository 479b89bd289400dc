"""Rows as the other apps' services leave them, with their journal entries."""

from datetime import UTC, datetime, timedelta

import pytest

from desk.models import CustodySpan, RequestType, SalesRequest, SlaPolicy
from journal import services as journal
from kpis import services
from tests import factories

MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)  # 09:00 in Amsterdam
HOUR = timedelta(hours=1)


@pytest.fixture
def question(team):
    policy = SlaPolicy.objects.create(name="Standard")
    return RequestType.objects.create(slug="question", name="Question", policy=policy, team=team)


@pytest.fixture
def resolved(question, rep, coordinator):
    """`resolved(at, hours, ...)`: a request that the desk held for all its time."""

    def make(at=MONDAY, hours=2.0, parties=None, met=None, **fields):
        end = at + timedelta(hours=hours)
        values = {
            "type": question, "team": question.team, "subject": "Which seal fits?", "requester": rep,
            "holder": coordinator, "status": "done", "outcome": "resolved", "party_since": at,
            "submitted_at": at, "first_response_at": at + timedelta(hours=hours / 4),
            "first_resolved_at": end, "resolved_at": end, "closed_at": end, **fields,
        }  # fmt: skip
        row = SalesRequest.objects.create(**values)
        start = at
        for party, length in parties or [("desk", hours)]:
            stop = start + timedelta(hours=length)
            CustodySpan.objects.create(request=row, party=party, started_at=start, ended_at=stop)
            start = stop
        journal.record("desk.request.resolved", row, by=coordinator, at=end, data={"met": met})
        return row

    return make


@pytest.fixture
def order_of(team, coordinator):
    """`order_of(...)`: an order with two lines, handed off on Monday."""
    from orders.models import Order, OrderLine

    def make(**fields):
        account = factories.AccountFactory()
        values = {
            "number": f"SO-T{Order.objects.count()}", "account": account, "team": team,
            "status": "handed_off", "net": "200.00", "placed_at": MONDAY, "confirmed_at": MONDAY,
            "handed_off_at": MONDAY + HOUR, **fields,
        }  # fmt: skip
        order = Order.objects.create(**values)
        for position in (1, 2):
            OrderLine.objects.create(
                order=order, position=position, product=factories.ProductFactory(), quantity=1,
                unit_price=100, net=100,
            )  # fmt: skip
        if order.handed_off_at:
            journal.record("orders.order.handed_off", order, by=coordinator, at=order.handed_off_at)
        return order

    return make


@pytest.fixture
def roll_up(now):
    """Follow the journal to its end, as the worker does."""

    def run(at=None):
        return services.roll_up(at=at or now)

    return run
