"""The demo's records have something to show on every page of quality."""

import random

import pytest

from coordinator.demo import quality
from coordinator.demo.people import Company
from coordinator.demo.stage import Year
from crm.models import DuplicatePair, MergedRecord, RecordScore, ValidationRule
from tasks.models import Task
from tests import factories

pytestmark = pytest.mark.django_db

NAMES = ("Kestrel Offshore", "Delft Biotech", "Northgate Water", "Umbria Foods", "Solent Yachts", "Brandt Chemie",
         "Lindqvist Marine", "Porto Azul", "Gdynia Shipyard", "Turku Paper", "Graz Textiles", "Malmö Dairy")  # fmt: skip


def test_a_small_company_gets_gaps_pairs_a_merge_rules_and_a_question(
    rep, coordinator, manager, team, now
):
    accounts = [
        factories.AccountFactory(
            name=name, owner=rep, city=name.split()[0], street=f"Quay {n}", postcode=f"{n}000"
        )
        for n, name in enumerate(NAMES)
    ]
    for account in accounts:
        factories.ContactFactory(account=account)
    company = Company(team, team, None, None, [rep], [coordinator], manager, coordinator)
    quality.set_up(Year(random.Random(1), company, accounts, [], {}, now))
    assert DuplicatePair.objects.open().filter(kind="account").count() >= 3
    assert DuplicatePair.objects.filter(state="different").count() == 1
    assert MergedRecord.objects.count() == 1
    assert ValidationRule.objects.count() == 4
    assert RecordScore.objects.filter(kind="account").count() > len(NAMES)
    assert 30 < RecordScore.objects.filter(kind="account").order_by("score").first().score < 100
    assert Task.objects.count() == 1
