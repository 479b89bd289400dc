"""What tasks are about."""

import pytest

from tasks import services
from tests import factories


@pytest.fixture
def make(rep, now):
    """`make(title, …)`: a task of the rep."""

    def run(title="Call the customer", *, by=None, at=None, **fields):
        if not {"owner", "team"} & set(fields):
            fields["owner"] = rep
        return services.create(title=title, by=by or rep, at=at or now, **fields)

    return run


@pytest.fixture
def other(team):
    """A rep of another team."""
    from people.models import Role

    elsewhere = factories.TeamFactory(name="Leeds")
    return factories.member(
        Role.REP, email="other@example.com", name="Sam Whitaker", team=elsewhere
    )


@pytest.fixture
def account(rep):
    return factories.AccountFactory(name="Northgate Water", owner=rep)
