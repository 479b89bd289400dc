"""The demo's records: every list has something to show."""

import pytest

from coordinator.demo import records
from crm.models import Account, CustomValue, Deal, Lead, RecordView, Territory
from tests.crm import small_company

pytestmark = pytest.mark.django_db


def test_own_fields_are_filled_and_views_are_kept(now, team, client_of):
    year = small_company.year(now, team, accounts=32)
    small_company.business(year)
    records.set_up(year)
    assert set(Deal.objects.values_list("status", flat=True)) == {"open", "won", "lost"}
    assert set(Lead.objects.values_list("status", flat=True)) == {
        "new",
        "working",
        "converted",
        "dropped",
    }
    assert Account.objects.filter(territory=Territory.objects.get(is_closed=True)).count() == 1
    assert CustomValue.objects.filter(kind="account", key="pumps_installed").count() == 16
    assert RecordView.objects.count() == 2
    client = client_of(year.company.coordinators[0])
    for page in (
        "/accounts/",
        "/contacts/",
        "/leads/",
        "/deals/",
        "/activities/",
        "/deals/?layout=board",
        "/leads/?layout=board",
    ):
        assert client.get(page).status_code == 200
    assert "Large and stuck" in client.get("/deals/").content.decode()
