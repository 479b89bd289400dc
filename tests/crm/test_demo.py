"""The demo's deals and leads: every page of records has something to show."""

import pytest

from coordinator.demo import deals
from crm.models import Deal, Lead, RecordView, Territory
from tests.crm import small_company

pytestmark = pytest.mark.django_db


def test_there_are_deals_in_every_state_and_leads_in_every_status(now, team, client_of):
    year = small_company.year(now, team)
    deals.set_up(year)
    assert set(Deal.objects.values_list("status", flat=True)) == {"open", "won", "lost"}
    assert set(Lead.objects.values_list("status", flat=True)) == {
        "new",
        "working",
        "converted",
        "dropped",
    }
    assert Territory.objects.filter(is_closed=True).count() == 1
    assert RecordView.objects.count() == 2
    client = client_of(year.company.coordinators[0])
    for page in ("", "contacts/", "leads/", "deals/", "deals/?layout=board", "leads/?layout=board"):
        assert client.get(f"/accounts/{page}").status_code == 200
    assert "Large and stuck" in client.get("/accounts/deals/").content.decode()
