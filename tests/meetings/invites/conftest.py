"""A booked meeting with a guest, and mails that come back to it."""

from datetime import UTC, datetime

import pytest

from comms.models import Delivery
from mailroom import services as mailroom
from meetings import services
from tests import factories

SLOT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
CLAIRE = "claire@northgate.example"


@pytest.fixture
def claire(rep):
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    return factories.ContactFactory(account=account, name="Claire Ashworth", email=CLAIRE)


@pytest.fixture
def meeting(asked, claire, coordinator, now):
    row = asked(account=claire.account)
    services.book(row, starts_at=SLOT, by=coordinator, at=now)
    row.refresh_from_db()
    return row


@pytest.fixture
def guest(meeting):
    return meeting.attendees.get(email=CLAIRE)


@pytest.fixture
def comes(now):
    """`comes(raw)`: the mail is taken in and filed; its row."""

    def take(raw, at=None):
        row, _ = mailroom.take(raw, source="smtp", at=at or now, recipients=[])
        mailroom.file_due(at=at or now)
        row.refresh_from_db()
        return row

    return take


@pytest.fixture
def to_claire():
    """`to_claire()`: the last mail that she got of us."""
    return lambda: Delivery.objects.filter(recipient=CLAIRE).order_by("-pk").first()
