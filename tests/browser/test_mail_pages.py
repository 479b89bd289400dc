"""The pages of mail that leaves, and of a hand-off: axe finds nothing, nothing sticks out."""

import pytest
from django.utils import timezone

from comms import services
from comms.models import Delivery, Sender
from desk.models import HandOff
from tests.browser import axe
from tests.comms import conftest as talk

contact, order = talk.contact, talk.order  # the fixtures of the conversations' tests
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now():
    """The browser reads the real clock."""
    return timezone.now()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
@pytest.mark.slow  # the walk over all pages reads these too
def test_are_sound(page_of, order, admin, logistics, coordinator, now, width, dark):
    message = services.say(order, body="Hello", visibility="customer", by=coordinator, at=now)
    Delivery.objects.update(status="unknown", problem="The line went dead.")
    services.suppress("x@example.com", reason="person", why="He asked", by=admin, at=now)
    sender = Sender.objects.create(team=None, name="Desk", address="d@example.com")
    row = HandOff.objects.create(
        department=logistics, order=order, ask="Pick it", asked_by=coordinator, asked_at=now, due_at=now
    )  # fmt: skip
    page, wrong = page_of(admin, width=width, dark=dark), {}
    mail = message.deliveries.get()
    for path in (
        "deliveries/?status=unknown", f"deliveries/{mail.pk}/", "suppressions/", "settings/",
        f"senders/{sender.pk}/", "settings/templates/new/", f"for/orders.order/{order.pk}/",
        f"../handoffs/{row.pk}/", f"../orders/{order.pk}/",
    ):  # fmt: skip
        page.goto(f"/threads/{path}")
        page.wait_for_load_state("networkidle")
        found = axe.violations(page) + page.problems
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            found.append("it sticks out")
        page.problems.clear()
        if found:
            wrong[path] = found
    assert wrong == {}
