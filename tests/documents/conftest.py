"""What the tests of documents share: an account with a contact, an order, asks at any point."""

import io
import re
from datetime import UTC, date, datetime, time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from comms.models import Delivery
from desk import services as desk
from desk.defaults import ensure_types
from documents import services
from orders.models import Order
from people.models import Role
from tests import factories

PDF = b"%PDF-1.7\nsigned"


@pytest.fixture
def now():
    """A Tuesday morning; pages that read the real clock are later than this, by days."""
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(time_machine_at, now):
    """Doors read the clock: it stands at `now` and goes on."""
    time_machine_at(now)


@pytest.fixture
def time_machine_at():
    import time_machine

    travels = []

    def go(to):
        travel = time_machine.travel(to, tick=True)
        travel.start()
        travels.append(travel)

    yield go
    for travel in reversed(travels):
        travel.stop()


@pytest.fixture
def account(rep):
    return factories.AccountFactory(name="Northgate Water", owner=rep)


@pytest.fixture
def contact(account):
    return factories.ContactFactory(account=account, name="Claire Ashworth", zone="Europe/London")


@pytest.fixture
def order(account, contact, rep, now):
    return Order.objects.create(
        number="SO-20397", account=account, contact=contact, rep=rep, team=rep.team, placed_at=now
    )


@pytest.fixture
def sales_request(account, contact, rep, team, now):
    return desk.submit(
        ensure_types(team)["question"], subject="Which seal?", account=account, contact=contact,
        requester=rep, data={"question": "Which?"}, priority=3, wanted_on=None, by=rep, at=now,
    )  # fmt: skip


@pytest.fixture
def stranger(role_groups):
    """A rep of another team, who has nothing to do with the order."""
    team = factories.TeamFactory(name="Leeds desk")
    return factories.member(Role.REP, email="stranger@example.com", name="Sam Strange", team=team)


@pytest.fixture
def make(order, contact, coordinator, now):
    """`make(...)`: an ask about the order."""

    def run(subject=None, **fields):
        values = {
            "contact": contact, "title": "Signed VAT form", "words": "We need it for the invoice.",
            "due_on": date(2026, 12, 4), "due_time": time(17, 0), "zone": "Europe/London",
            "by": coordinator, "at": now,
        }  # fmt: skip
        return services.ask(subject or order, **values | fields)

    return run


@pytest.fixture
def link_of(now):
    """`link_of(ask)`: a living link of it."""

    def run(ask, at=None):
        at = at or now
        key = services.fresh_link(ask, at=at).rstrip("/").rpartition("/")[2]
        return services.open_link(key, at=at)

    return run


@pytest.fixture
def send(link_of, now):
    """`send(ask, "a.pdf")`: the customer sends files."""

    def run(ask, *names, note="", at=None, link=None):
        files = [(io.BytesIO(PDF), name) for name in names or ("form.pdf",)]
        found = services.receive(link or link_of(ask), files=files, note=note, at=at or now)
        ask.refresh_from_db()
        return found

    return run


@pytest.fixture
def anybody():
    return Client()


def path_in(mail):
    """The address of the link that a mail holds."""
    return re.search(r"\(https?://[^/]+(/documents/send/[^)]+)\)", mail.body)[1]


def last_mail():
    return Delivery.objects.filter(key__startswith="document-ask:").order_by("-pk").first()


def upload(name="form.pdf", content=PDF):
    return SimpleUploadedFile(name, content)
