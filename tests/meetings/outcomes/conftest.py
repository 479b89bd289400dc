"""Meetings that are over."""

from datetime import UTC, datetime, timedelta

import pytest

from meetings import services

SLOT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)  # Thursday, 10:00 to 10:45 in Amsterdam
END = SLOT + timedelta(minutes=45)


@pytest.fixture
def booked(asked, coordinator, now):
    """`booked(...)`: a meeting of the rep on Thursday at ten."""

    def make(starts_at=SLOT, **fields):
        row = asked(**fields)
        services.book(row, starts_at=starts_at, by=coordinator, at=now)
        row.refresh_from_db()
        return row

    return make


@pytest.fixture
def over(asked, coordinator):
    """A meeting that is over by the real clock, which doors read."""
    from django.utils import timezone

    now = timezone.now().replace(second=0, microsecond=0)
    before = now - timedelta(days=3)
    row = asked(at=before, window_from=before, window_until=now)
    services.book(row, starts_at=now - timedelta(days=1), by=coordinator, at=before)
    row.refresh_from_db()
    return row
