"""What the tests of orders share."""

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
