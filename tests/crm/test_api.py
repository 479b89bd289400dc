"""Accounts and contacts through the API."""

import pytest

from crm.models import Account
from tests import factories

pytestmark = pytest.mark.django_db


class TestAccounts:
    def test_finds_by_a_fragment_inside_the_name(self, coordinator, api_of):
        factories.AccountFactory(name="Kestrel Offshore")
        factories.AccountFactory(name="Delft Biotech")
        found = api_of(coordinator).get("/api/accounts/", {"q": "TREL off"}).json()["results"]
        assert [a["name"] for a in found] == ["Kestrel Offshore"]

    def test_refuses_keys_that_it_does_not_know(self, coordinator, api_of):
        reply = api_of(coordinator).post("/api/accounts/", {"name": "A", "owner_id": 1})
        assert reply.status_code == 400
        assert "owner_id" in reply.json()["errors"]

    def test_refuses_filters_that_it_does_not_know(self, coordinator, api_of):
        assert api_of(coordinator).get("/api/accounts/?nmae=x").status_code == 400

    def test_a_rep_reads_but_does_not_write(self, rep, api_of):
        api = api_of(rep)
        assert api.get("/api/accounts/").status_code == 200
        assert api.post("/api/accounts/", {"name": "A"}).status_code == 403

    def test_nobody_gets_401_with_problem_details(self, client):
        reply = client.get("/api/accounts/")
        assert reply.status_code == 401
        assert reply["Content-Type"] == "application/problem+json"

    def test_a_change_is_written_down_with_both_values(self, coordinator, api_of):
        account = factories.AccountFactory(city="Leeds")
        api = api_of(coordinator)
        assert api.patch(f"/api/accounts/{account.pk}/", {"city": "York"}).status_code == 200
        entry = api.get("/api/journal/", {"action": "crm.account.changed"}).json()["results"][0]
        assert entry["data"] == {"city": ["Leeds", "York"]}
        assert Account.objects.get().city == "York"
