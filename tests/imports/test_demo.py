"""The demo's files are brought in as its coordinators would have done it."""

import random

import pytest

from coordinator.demo import exchange
from coordinator.demo.stage import Year
from crm.models import Account, Activity, Contact, Deal, Lead
from imports.models import ImportRun
from tests import factories


@pytest.fixture
def year(db, team, coordinator, rep, now, settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path

    class Company:
        desk, reps, coordinators = team, [rep], [coordinator]

    accounts = [factories.AccountFactory(name=f"Account {n}", city="Delft") for n in range(30)]
    return Year(random.Random(1), Company, accounts, [], {}, now)


def test_every_page_of_the_exchange_has_something_to_show(year):
    exchange.set_up(year)
    assert (Lead.objects.count(), Deal.objects.count(), Activity.objects.count()) == (23, 36, 40)
    assert Deal.objects.exclude(agent="").exists()
    assert Contact.objects.count() == 0
    undone = ImportRun.objects.get(kind="contacts").undo
    assert (undone.taken_away, undone.left) == (12, 0)
    tried = ImportRun.objects.get(kind="accounts")
    assert (tried.dry_run, tried.rows_bad, tried.conflicts["records"]) == (True, 1, 30)
    assert {name for name, *_ in tried.conflicts["fields"]} == {
        "City",
        "VAT number",
        "Payment days",
    }
    assert Account.objects.filter(city="Delft").count() == 30
