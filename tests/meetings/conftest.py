"""Meetings as the desk asks for them."""

from datetime import timedelta

import pytest

from meetings import services


@pytest.fixture
def asked(rep, coordinator, now):
    """`asked(...)`: a meeting of 45 minutes to be scheduled within the next week."""

    def make(**fields):
        values = {
            "title": "Pump review", "account": None, "host": rep, "attendees": [coordinator.pk],
            "guests": [{"name": "Claire Ashworth", "email": "claire@northgate.example"}],
            "minutes": 45, "window_from": now, "window_until": now + timedelta(days=7),
            "by": coordinator, "at": now,
        }  # fmt: skip
        return services.request_meeting(**values | fields)

    return make
