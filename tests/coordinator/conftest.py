"""What the tests of search share: requests of a rep, an order, a rep who may see neither."""

import pytest

from desk import services
from desk.defaults import ensure_types
from orders.models import Order
from people.models import Role
from tests import factories


@pytest.fixture
def kinds(team):
    return ensure_types(team)


@pytest.fixture
def account(db):
    return factories.AccountFactory(name="Northgate Water")


@pytest.fixture
def asked(kinds, rep, now):
    def make(subject="Which seal?", **fields):
        values = {
            "subject": subject, "account": None, "requester": rep, "data": {"question": "Which?"},
            "priority": 3, "wanted_on": None, "by": fields.get("requester", rep), "at": now,
        }  # fmt: skip
        return services.submit(kinds["question"], **values | fields)

    return make


@pytest.fixture
def order(account, rep, now):
    def make(number="SO-20397", **fields):
        values = {"account": account, "rep": rep, "team": rep.team, "placed_at": now}
        return Order.objects.create(number=number, **values | fields)

    return make


@pytest.fixture
def stranger(role_groups):
    team = factories.TeamFactory(name="Leeds desk")
    return factories.member(Role.REP, email="stranger@example.com", name="Sam Strange", team=team)
