"""A meeting with an account of which there is something to know."""

from datetime import UTC, datetime

import pytest

from meetings import services
from meetings.models import MeetingKind
from tests import factories

SLOT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)  # Thursday, 10:00 in Amsterdam
EVENING = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)  # Wednesday, 17:00 there
HOUR_BEFORE = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


@pytest.fixture
def contact(rep):
    account = factories.AccountFactory(owner=rep, industry="Water", credit_limit=10_000)
    return factories.ContactFactory(account=account, title="Head of purchasing")


@pytest.fixture
def kind():
    return MeetingKind.objects.create(
        name="Plant visit", materials=["Price list", "Sample"], agenda="Walk round"
    )


@pytest.fixture
def booked(asked, coordinator, contact, now):
    """`booked(...)`: with the account of `contact`, on Thursday at ten."""

    def make(starts_at=SLOT, at=now, **fields):
        values = {
            "account": contact.account,
            "guests": [{"name": contact.name, "email": contact.email}],
        }
        row = asked(**values | fields)
        services.book(row, starts_at=starts_at, by=coordinator, at=at)
        row.refresh_from_db()
        return row

    return make


@pytest.fixture
def order(contact, rep, now):
    from orders.models import Order

    return Order.objects.create(
        number="SO-1", account=contact.account, rep=rep, placed_at=now, net=1200,
        status="confirmed", confirmed_at=now,
    )  # fmt: skip
