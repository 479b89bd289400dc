"""Quotes: sent, won by an order, lost, expired; expiry never overwrites."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from orders import services
from orders.models import QuoteFamily, QuoteMoveRefused
from orders.services import quotes

pytestmark = pytest.mark.django_db


@pytest.fixture
def quote(account, coordinator, now):
    return quotes.create(
        account, title="Three pumps", amount=Decimal("300.00"), valid_until=date(2026, 12, 1),
        by=coordinator, at=now,
    )  # fmt: skip


LATER = timedelta(days=30)


class TestQuotes:
    def test_an_order_wins_it_when_confirmed(self, quote, pump, draft, coordinator, now):
        quotes.send(quote, by=coordinator, at=now)
        order = draft((pump, 3), quote=quote)
        assert status(quote) == "sent"
        services.confirm(order, by=coordinator, at=now)
        assert status(quote) == "won"

    def test_a_draft_cannot_be_ordered_from(self, quote, pump, draft):
        with pytest.raises(services.Unusable, match="Send"):
            draft((pump, 3), quote=quote)

    def test_past_its_day_it_expires_once(self, quote, coordinator, now):
        quotes.send(quote, by=coordinator, at=now)
        assert quotes.expire_due(at=now) == 0
        assert quotes.expire_due(at=now + LATER) == 1
        assert quotes.expire_due(at=now + LATER) == 0
        assert status(quote) == "expired"

    @pytest.mark.parametrize("decided", ["won", "lost"])
    def test_expiry_never_overwrites_a_decision(self, decided, quote, coordinator, now):
        quotes.send(quote, by=coordinator, at=now)
        if decided == "won":
            quotes.win(quote, by=coordinator, at=now)
        else:
            quotes.decline(quote, reason="Too dear", by=coordinator, at=now)
        assert quotes.expire_due(at=now + LATER) == 0
        assert status(quote) == decided

    def test_accepted_late_is_won(self, quote, pump, draft, coordinator, now):
        quotes.send(quote, by=coordinator, at=now)
        quotes.expire_due(at=now + LATER)
        quote.refresh_from_db()
        services.confirm(draft((pump, 3), quote=quote), by=coordinator, at=now + LATER)
        assert status(quote) == "won"

    def test_won_is_won(self, quote, coordinator, now):
        quotes.send(quote, by=coordinator, at=now)
        quotes.win(quote, by=coordinator, at=now)
        with pytest.raises(QuoteMoveRefused):
            quotes.decline(quote, reason="Too dear", by=coordinator, at=now)


def status(quote):
    return QuoteFamily.objects.get(pk=quote.pk).status
