"""The demo's part, on a small company: every page has something to show."""

import pytest

from coordinator.demo import process as demo
from journal import services as journal
from orders.models import Order
from process.models import EventLog, ModelPath
from process.queries.filters import Filters
from process.queries.graph import process_map
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_fills_the_logs_and_says_what_is_expected(manager, team, now):
    order = Order.objects.create(
        number="SO-1", account=factories.AccountFactory(), team=team, net="10.00", placed_at=now
    )
    journal.record("orders.order.created", order, by=manager, at=now)
    demo.set_up(now)
    assert ModelPath.objects.get().name == "From draft to delivery"
    old = EventLog.objects.get(name=demo.OLD_HELPDESK)
    assert old.cases == demo.TICKETS
    names = set(process_map(old, Filters()).names.values())
    assert {"Ticket reopened", "Customer asked"} <= names
