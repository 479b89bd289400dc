"""While an approver looks, the request is in her custody."""

from datetime import timedelta

import pytest

from desk import services
from desk.defaults import ensure_types
from desk.services.releases import follow_releases
from orders.models import ApprovalRule
from orders.services import approvals, quotes
from people.models import Party
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def row(team, rep, coordinator, now):
    kinds = ensure_types(team)
    data = {f["name"]: "x" for f in kinds["quote"].form if f.get("required")}
    row = services.submit(
        kinds["quote"], subject="Pumps", account=factories.AccountFactory(), requester=rep,
        data=data, by=rep, at=now, priority=3, wanted_on=None,
    )  # fmt: skip
    services.claim(row, by=coordinator, at=now + MINUTE)
    return row


@pytest.fixture
def asked(row, coordinator, manager, now):
    """Her quote with 20 % off, and the question to the manager."""
    factories.priced_product(sku="VM-45", amount="100.00")
    ApprovalRule.objects.create(name="Off", kind="discount", threshold=10, approver=manager)
    quote = services.create_quote(row, by=coordinator, at=now + 2 * MINUTE)
    revision = quote.revisions.get()
    lines = [{"sku": "VM-45", "quantity": 1, "unit_price": 100, "discount_percent": 20}]
    quotes.set_content(revision, lines=lines, by=coordinator, at=now + 2 * MINUTE)
    return quotes.ask_approval(revision, by=coordinator, at=now + 3 * MINUTE)


def test_the_turn_passes_to_the_approver_and_back(row, asked, manager, coordinator, now):
    follow_releases()
    row.refresh_from_db()
    assert (row.party, row.party_user) == (Party.APPROVER, manager)
    approvals.decide(asked, approve=True, note="", by=manager, at=now + 13 * MINUTE)
    follow_releases()
    row.refresh_from_db()
    assert (row.party, row.party_user) == (Party.DESK, coordinator)
    span = row.custody.get(party=Party.APPROVER)
    assert span.calendar_seconds == 600


def test_reading_again_changes_nothing(row, asked):
    follow_releases()
    follow_releases()
    assert row.custody.filter(party=Party.APPROVER).count() == 1


def test_who_asks_the_customer_meanwhile_keeps_the_turn_there(row, asked, coordinator, now):
    services.ask_requester(row, body="Which size?", by=coordinator, at=now + 4 * MINUTE)
    follow_releases()
    row.refresh_from_db()
    assert row.party == Party.REP
