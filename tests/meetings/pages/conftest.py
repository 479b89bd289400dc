"""Pages on which guests book, a clock that stands still, and the form as a guest sends it."""

import re

import pytest
import time_machine

from meetings.models import BookingPage, MeetingKind
from meetings.services import pages, self_booking

SLOT = "2026-11-26T09:00Z"  # a Thursday, ten o'clock in Amsterdam


@pytest.fixture(autouse=True)
def clock(now):
    """Doors read the clock: it stands at `now` unless a test moves it."""
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def quick(settings):
    settings.BOOKING_MIN_SECONDS = 0


@pytest.fixture
def kind(db):
    return MeetingKind.objects.create(name="Product demonstration", minutes=45)


@pytest.fixture
def page_for(kind, coordinator, now):
    """`page_for(hosts, ...)`: a page; hosts are people, or people with their shares."""

    def make(hosts=(), **fields):
        shares = hosts if isinstance(hosts, dict) else dict.fromkeys(hosts, 1)
        said = {
            "title": "Talk to us", "kind": kind, "slug": "talk-to-us",
            "turns": "person" if len(shares) == 1 else "team",
            "hosts": {user.pk: share for user, share in shares.items()},
        }  # fmt: skip
        details = pages.PageDetails(**said | fields)
        return pages.keep_page(details, by=coordinator, at=now)

    return make


@pytest.fixture
def page(page_for, rep):
    return page_for([rep])


@pytest.fixture
def visitor():
    """`visitor(n)`: guest number n."""

    def make(n=1, **fields):
        said = {
            "name": f"Claire {n}",
            "email": f"claire{n}@northgate.example",
            "zone": "Europe/London",
        }
        return self_booking.Visitor(**said | fields)

    return make


@pytest.fixture
def sent(client):
    """`sent(address, ...)`: open the form at a time and send it as a guest does."""

    def send(address, at=SLOT, **typed):
        joint = "&" if "?" in address else "?"
        shown = client.get(f"{address}{joint}at={at}")
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.text))
        said = {
            "name": "Claire Ashworth",
            "email": "claire@northgate.example",
            "tz": "Europe/London",
        }
        return client.post(address, hidden | said | typed)

    return send


def live(page):
    return BookingPage.objects.get(pk=page.pk)
