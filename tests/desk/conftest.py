"""What the tests of the desk share: a typed form, requests at any point of their life."""

from datetime import UTC, datetime

import pytest

from desk import services
from desk.defaults import ensure_types
from people.models import Role
from tests import factories


@pytest.fixture
def now():
    """A Tuesday morning in Amsterdam; pages that read the real clock are later than this."""
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def kinds(team):
    """The request types that a portal begins with, by slug."""
    return ensure_types(team)


@pytest.fixture
def account(db):
    return factories.AccountFactory(name="Northgate Water")


@pytest.fixture
def asked(kinds, rep, now):
    """`asked(...)`: a question of the rep, new in the queue."""

    def make(slug="question", **fields):
        data = {"question": "Which seal fits?"} if slug == "question" else {}
        values = {
            "subject": "Which seal?", "account": None, "requester": rep, "data": data,
            "priority": 3, "wanted_on": None, "by": fields.get("requester", rep), "at": now,
        }  # fmt: skip
        return services.submit(kinds[slug], **values | fields)

    return make


@pytest.fixture
def claimed(asked, coordinator, now):
    """`claimed(...)`: a question that the coordinator has."""

    def make(**fields):
        row = asked(**fields)
        services.claim(row, by=coordinator, at=fields.get("at", now))
        return row

    return make


@pytest.fixture
def stranger(role_groups):
    """A rep of another team, who has nothing to do with any of it."""
    team = factories.TeamFactory(name="Leeds desk")
    return factories.member(Role.REP, email="stranger@example.com", name="Sam Strange", team=team)


@pytest.fixture
def desk_page(coordinator, client_of):
    return client_of(coordinator)


@pytest.fixture
def rep_page(rep, client_of):
    return client_of(rep)


@pytest.fixture
def desk_api(coordinator, api_of):
    return api_of(coordinator)


@pytest.fixture
def rep_api(rep, api_of):
    return api_of(rep)


@pytest.fixture
def post():
    """`post(api, row, verb, body)`: one step of a request by the API."""

    def send(api, row, verb, body=None):
        return api.post(
            f"/api/requests/{row.pk}/{verb}/", {} if body is None else body, format="json"
        )

    return send
