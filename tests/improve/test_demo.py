"""The demo's causes, planted in a small company: found, ranked, one of them changed and watched."""

import random
from types import SimpleNamespace

import pytest

from coordinator.demo import improve
from coordinator.demo.stage import Year
from desk.defaults import ensure_types
from desk.models import RequestType
from improve.models import Comment, Suggestion
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(team, rep, coordinator, manager, now):
    factories.ContactFactory(account=factories.AccountFactory(owner=rep))
    accounts = [factories.AccountFactory(owner=rep) for _ in range(3)]
    people = [coordinator, factories.member(Role.COORDINATOR, team=team, name="Jonas Weber")]
    company = SimpleNamespace(desk=team, reps=[rep], coordinators=people, manager=manager)
    types = ensure_types(team)
    products = [factories.priced_product(stock=100)]
    return Year(random.Random(1), company, accounts, products, types, now)


def test_there_is_something_true_to_show(year, client_of, manager):
    improve.set_up(year)
    quote, material = (RequestType.objects.get(slug=slug) for slug in ("quote", "material"))
    found = {row.key: row for row in Suggestion.objects.all()}
    today, past = found[f"missing:{quote.pk}:lines"], found[f"missing:{material.pk}:language"]
    assert (today.state, today.stands) == ("new", True)
    assert past.state in {"worked", "done"}
    assert past.followed["saved"] > 0
    assert any(row.detector == "repeated" and row.stands for row in found.values())
    assert Comment.objects.exists()
    field = next(one for one in material.form if one["name"] == "language")
    assert field["required"] is True
    for tab in ("open", "watched"):
        assert 'id="suggestion-' in client_of(manager).get(f"/improve/?tab={tab}").content.decode()
    assert "Before and after" in client_of(manager).get(f"/improve/{past.pk}/").content.decode()
