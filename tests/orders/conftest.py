"""What the tests of orders share."""

from decimal import Decimal

import pytest

from orders import services
from tests import factories


@pytest.fixture
def account(db):
    return factories.AccountFactory(name="Northgate Water")


@pytest.fixture
def pump(db):
    """100.00 on the list, ten free in Rotterdam."""
    return factories.priced_product(sku="VM-45", amount="100.00", stock=10)


@pytest.fixture
def seal(db):
    """86.40 on the list, none free."""
    return factories.priced_product(sku="MS-28", amount="86.40", stock=0)


@pytest.fixture
def draft(account, coordinator, now):
    """`draft((product, quantity), ...)`: a draft of the account with these lines."""

    def make(*lines, **fields):
        data = [{"product_id": p.pk, "quantity": q} for p, q in lines]
        buyer = fields.pop("account", account)
        if "contact" not in fields:
            known = buyer.contacts.first()
            fields["contact"] = known or factories.ContactFactory(account=buyer)
        return services.create_draft(buyer, lines=data, by=coordinator, at=now, **fields)

    return make


@pytest.fixture
def handed(draft, coordinator, now):
    """`handed((product, quantity), ...)`: an order that logistics was asked to ship."""

    def make(*lines, **fields):
        order = draft(*lines, **fields)
        services.confirm(order, by=coordinator, at=now)
        services.hand_off(order, by=coordinator, at=now)
        return order

    return make


@pytest.fixture
def send(coordinator, now):
    """`send(order, 2, 1)`: that much of its first and second line leaves."""

    def make(order, *quantities, **more):
        lines = order.lines.order_by("position").values_list("pk", flat=True)
        wanted = {pk: Decimal(q) for pk, q in zip(lines, quantities, strict=False)}
        return services.shipments.ship_part(
            order, quantities=wanted, by=coordinator, at=now, **more
        )

    return make
