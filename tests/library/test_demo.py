"""The demo's library, made for a small company: every page has something to show."""

import random
from types import SimpleNamespace

import pytest

from comms.models import MessageTemplate
from coordinator.demo import library
from library.models import Material, PageView, Reading, Share
from library.queries.templates import listed
from library.services import today
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(coordinator, rep, manager, now):
    accounts = [
        factories.AccountFactory(owner=rep, industry="Water utility", created_at=now)
        for _ in range(3)
    ]
    for account in accounts:
        factories.ContactFactory(account=account)
    MessageTemplate.objects.create(title="One", body="B")
    MessageTemplate.objects.create(title="Two", body="B")
    company = SimpleNamespace(coordinators=[coordinator], reps=[rep], manager=manager)
    products = [factories.ProductFactory() for _ in range(20)]
    return SimpleNamespace(
        rng=random.Random(1), company=company, accounts=accounts, products=products, now=now
    )


def test_every_page_has_something_to_show(year, now, client_of, coordinator):
    library.set_up(year)
    assert Material.objects.count() == len(library.PIECES)
    assert set(Reading.objects.values_list("state", flat=True)) == {"read"}
    assert Share.objects.filter(views__gt=0).exists()
    assert Share.objects.filter(views=0).exists()
    assert Share.objects.filter(revoked_at__isnull=False).exists()
    assert PageView.objects.filter(seconds__gt=0).exists()
    assert [line.outdated for line in listed(today(now))].count(True) == 1
    assert (
        "Pumps for water works" in client_of(coordinator).get("/library/?q=water").content.decode()
    )
