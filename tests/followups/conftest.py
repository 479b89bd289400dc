"""What follow-ups are about."""

from datetime import timedelta

import pytest

from desk import services as desk
from desk.models import RequestType, SlaPolicy
from followups import services
from followups.models import FollowUp, Rule
from meetings import services as meetings
from orders import services as orders
from tests import factories


@pytest.fixture(autouse=True)
def rules(role_groups, now):
    """The rules that come with the portal."""
    services.ship(at=now)
    return Rule.objects


@pytest.fixture
def waiting(team, rep, coordinator, now):
    """A request whose requester was asked something at `now`."""
    kind = RequestType.objects.create(
        slug="question", name="Question", team=team, policy=SlaPolicy.objects.create(name="S"),
        form=[],
    )  # fmt: skip
    row = desk.submit(
        kind, subject="Which seal?", account=None, requester=rep, data={}, priority=1,
        wanted_on=None, by=rep, at=now,
    )  # fmt: skip
    desk.claim(row, by=coordinator, at=now)
    desk.ask_requester(row, body="Which size?", by=coordinator, at=now)
    return row


@pytest.fixture
def contact(db):
    return factories.ContactFactory(name="Claire Ashworth", email="claire@northgate.example")


@pytest.fixture
def handed_off(contact, coordinator, logistics, now):
    """An order that logistics have."""
    product = factories.priced_product(stock=50)
    order, _ = orders.place(
        contact.account, lines=[{"product_id": product.pk, "quantity": 2}], by=coordinator, at=now,
        contact=contact, check=True, confirm=True,
    )  # fmt: skip
    orders.hand_off(order, by=coordinator, at=now)
    return order


@pytest.fixture
def meeting(rep, coordinator, now):
    """Booked for three days from now, with a guest."""
    row = meetings.request_meeting(
        title="Pump review", account=None, host=rep, attendees=[coordinator.pk],
        guests=[{"name": "Claire Ashworth", "email": "claire@northgate.example"}], minutes=45,
        window_from=now, window_until=now + timedelta(days=7), by=coordinator, at=now,
    )  # fmt: skip
    meetings.book(row, starts_at=now + timedelta(days=3), by=coordinator, at=now)
    return row


@pytest.fixture
def scheduled(db):
    """`scheduled(rule)`: follow the journal as it is now, return that rule's rows."""
    from journal.models import Entry

    def run(rule):
        # inside the test's own transaction nothing is settled yet: hand the entries over
        entries = Entry.objects.exclude(pk__in=seen).order_by("pk")
        services.handle(list(entries))
        seen.update(entries.values_list("pk", flat=True))
        return list(FollowUp.objects.filter(rule=rule).order_by("pk"))

    seen = set()

    return run


@pytest.fixture
def clock(time_machine, now):
    """The doors read the clock: it stands at `now`."""
    time_machine.move_to(now, tick=False)
    return time_machine


@pytest.fixture(name="desk")
def desk_client(clock, client_of, coordinator):
    return client_of(coordinator)


@pytest.fixture
def waits(waiting, scheduled):
    """The first reminder of a request that waits for its requester."""
    return scheduled("request_waits")[0]


@pytest.fixture
def draft(contact, coordinator, clock, now):
    """A draft to a customer about an order that was delivered."""
    from orders.models import Order

    order = Order.objects.create(
        number="SO-20397", account=contact.account, contact=contact, rep=coordinator,
        coordinator=coordinator, team=coordinator.team, placed_at=now, confirmed_at=now, status="delivered",
    )  # fmt: skip
    return FollowUp.objects.create(
        rule="order_delivered", step=1, subject_type="orders.order", subject_id=order.pk,
        account_id=contact.account_id, occasion="entry:1", contact=contact, recipient=contact.email,
        recipient_name=contact.name, owner=coordinator, status="draft", due_at=now - timedelta(hours=1),
        created_at=now - timedelta(days=2), reason="Order delivered: SO-20397", subject="All well?",
        body="Hello **Claire**,\n\nall well?",
    )  # fmt: skip
