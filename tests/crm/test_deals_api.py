"""Deals, leads, activities and own fields over the API: the same rules as in the browser."""

from decimal import Decimal

import pytest

from crm import services
from crm.models import Activity, CustomField, Deal, Lead, LostReason, Territory
from tests import factories

pytestmark = pytest.mark.django_db


def stage(name):
    return factories.stage_named(name)


class TestDeals:
    @pytest.fixture
    def account(self):
        return factories.AccountFactory(name="Berg")

    def test_are_opened_once_per_key_moved_and_refused_with_what_is_missing(
        self, rep, account, api_of
    ):
        api = api_of(rep)
        body = {
            "name": "Pumps",
            "account": account.pk,
            "stage": stage("Prospecting").pk,
            "owner": rep.pk,
        }
        made = api.post("/api/deals/", body, format="json", headers={"Idempotency-Key": "one"})
        api.post("/api/deals/", body, format="json", headers={"Idempotency-Key": "one"})
        assert made.status_code == 201
        deal = Deal.objects.get()
        door = f"/api/deals/{deal.pk}/"
        moved = api.post(f"{door}move/", {"stage": stage("Qualified").pk}, format="json")
        assert moved.json()["stage"] == stage("Qualified").pk
        lacking = api.post(f"{door}move/", {"stage": stage("Proposal").pk}, format="json")
        assert lacking.status_code == 422
        assert set(lacking.json()["errors"]) == {"amount", "contact", "close_on"}
        again = api.post(f"{door}move/", {"stage": stage("Qualified").pk}, format="json")
        assert again.status_code == 409
        assert api.patch(door, {"stage": stage("Lost").pk}, format="json").status_code == 400

    def test_are_lost_for_a_reason(self, rep, account, api_of, now):
        deal = factories.deal(by=rep, at=now, account=account)
        door = f"/api/deals/{deal.pk}/move/"
        api = api_of(rep)
        assert api.post(door, {"stage": stage("Lost").pk}, format="json").status_code == 422
        reason = LostReason.objects.first().pk
        lost = api.post(door, {"stage": stage("Lost").pk, "lost_reason": reason}, format="json")
        assert (lost.status_code, lost.json()["status"]) == (200, "lost")

    def test_have_products_that_make_the_amount(self, rep, account, api_of, now):
        deal = factories.deal(by=rep, at=now, account=account)
        api = api_of(rep)
        lines = [{"sku": "VM-1", "name": "Pump", "quantity": "2", "price": "19.99"}]
        told = api.post(f"/api/deals/{deal.pk}/lines/", {"lines": lines}, format="json").json()
        assert (told["amount"], len(told["lines"])) == ("39.98", 1)
        assert (
            api.patch(f"/api/deals/{deal.pk}/", {"amount": "1"}, format="json").status_code == 422
        )
        bad = [{"name": "Pump", "quantity": "0", "price": "-1"}]
        assert (
            api.post(f"/api/deals/{deal.pk}/lines/", {"lines": bad}, format="json").status_code
            == 400
        )

    def test_have_what_belongs_to_them_if_the_caller_may_see_it(
        self, coordinator, account, api_of, now
    ):
        deal = factories.deal(by=coordinator, at=now, account=account)
        door = f"/api/deals/{deal.pk}/links/"
        said = {"subject_type": "orders.order", "subject_id": 99}
        assert api_of(coordinator).post(door, said, format="json").status_code == 400
        said["subject_type"] = "people.user"
        assert api_of(coordinator).post(door, said, format="json").status_code == 400

    def test_own_fields_are_refused_key_by_key(self, rep, account, api_of):
        CustomField.objects.create(kind="deal", key="pumps", label="Pumps", type="number")
        body = {"name": "Pumps", "account": account.pk, "stage": stage("Prospecting").pk}
        api = api_of(rep)
        bad = api.post("/api/deals/", body | {"custom": {"pumps": "many", "x": 1}}, format="json")
        assert bad.status_code == 422
        assert set(bad.json()["errors"]["custom"]) == {"pumps", "x"}
        made = api.post("/api/deals/", body | {"custom": {"pumps": 12}}, format="json")
        assert made.json()["custom"] == {"pumps": 12}

    @pytest.mark.parametrize(
        "body", [{"name": "x\0"}, {"name": "x" * 100_000}, {"account": 10**30}, {"close_on": "0000-01-01"},
                 {"amount": "1e99"}, {"custom": []}, {"stage": 10**30}, {"competitors": "x"}],
    )  # fmt: skip
    def test_bad_input_is_never_an_error_of_ours(self, rep, account, api_of, body):
        said = {"name": "Pumps", "account": account.pk, "stage": stage("Prospecting").pk} | body
        assert api_of(rep).post("/api/deals/", said, format="json").status_code == 400

    def test_lists_cost_the_same_for_few_and_many(
        self, rep, api_of, now, django_assert_max_num_queries
    ):
        api = api_of(rep)
        factories.deal(by=rep, at=now)
        api.get("/api/deals/")
        with django_assert_max_num_queries(12) as few:
            api.get("/api/deals/")
        for _ in range(9):
            factories.deal(by=rep, at=now)
        with django_assert_max_num_queries(12) as many:
            assert len(api.get("/api/deals/", {"status": "open"}).json()["results"]) == 10
        assert len(many) == len(few)


class TestLeads:
    def test_are_worked_dropped_and_converted(self, rep, api_of):
        api = api_of(rep)
        lead = api.post(
            "/api/leads/", {"name": "Ida Berg", "company": "Berg AB"}, format="json"
        ).json()
        door = f"/api/leads/{lead['id']}/"
        assert api.post(f"{door}work/", {}, format="json").json()["status"] == "working"
        assert api.post(f"{door}drop/", {}, format="json").status_code == 400
        assert api.post(f"{door}convert/", {"deal_name": "Pumps"}, format="json").status_code == 400
        made = api.post(
            f"{door}convert/",
            {"deal_name": "Pumps", "stage": stage("Prospecting").pk},
            format="json",
        )
        assert made.status_code == 200
        assert Lead.objects.get().deal.name == "Pumps"
        assert api.post(f"{door}convert/", {}, format="json").status_code == 409


class TestActivities:
    def test_are_logged_changed_by_who_wrote_them_and_private_ones_are_private(
        self, rep, coordinator, api_of, now
    ):
        account = factories.AccountFactory()
        api = api_of(rep)
        body = {"kind": "note", "account": account.pk, "text": "Quiet", "is_private": True}
        made = api.post("/api/activities/", body, format="json")
        assert made.status_code == 201
        door = f"/api/activities/{made.json()['id']}/"
        assert api_of(coordinator).get(door).status_code == 404
        assert api.patch(door, {"text": "Loud"}, format="json").json()["text"] == "Loud"
        assert api.patch(door, {"kind": "call"}, format="json").status_code == 400
        assert api.post("/api/activities/", {"kind": "note"}, format="json").status_code == 400
        assert Activity.objects.count() == 1


class TestWhoSeesWhat:
    def test_closed_territories_are_closed_here_too(self, rep, coordinator, api_of, now):
        north = Territory.objects.create(name="North", is_closed=True)
        closed = factories.AccountFactory(name="Closed", territory=north)
        contact = factories.ContactFactory(account=closed)
        deal = factories.deal(by=coordinator, at=now, account=closed)
        lead = services.add_lead(by=coordinator, at=now, name="Ida", territory=north)
        note = services.log_activity(kind="note", account=closed, by=coordinator, at=now)
        doors = [f"/api/accounts/{closed.pk}/", f"/api/contacts/{contact.pk}/", f"/api/deals/{deal.pk}/",
                 f"/api/leads/{lead.pk}/", f"/api/activities/{note.pk}/"]  # fmt: skip
        assert [api_of(rep).get(door).status_code for door in doors] == [404] * 5
        assert [api_of(coordinator).get(door).status_code for door in doors] == [200] * 5
        body = {"name": "Pumps", "account": closed.pk, "stage": stage("Prospecting").pk}
        assert api_of(rep).post("/api/deals/", body, format="json").status_code == 400

    def test_pipelines_and_own_fields_are_read(self, rep, api_of):
        stage("Won")
        CustomField.objects.create(kind="deal", key="pumps", label="Pumps", type="number")
        api = api_of(rep)
        assert len(api.get("/api/pipelines/").json()["results"][0]["stages"]) == 6
        assert (
            api.get("/api/custom-fields/", {"kind": "deal"}).json()["results"][0]["key"] == "pumps"
        )

    def test_ctrl_k_finds_deals_and_leads_and_hides_closed_ones(
        self, rep, coordinator, client_of, now
    ):
        north = Territory.objects.create(name="North", is_closed=True)
        closed = factories.AccountFactory(name="Hidden Waterworks", territory=north)
        factories.deal(by=rep, at=now, name="Waterworks pumps", amount=Decimal(5))
        factories.deal(by=coordinator, at=now, account=closed, name="Waterworks secret")
        services.add_lead(by=rep, at=now, name="Waterworks lead")
        seen = client_of(rep).get("/search/", {"q": "waterworks"}).content.decode()
        assert "Waterworks pumps" in seen
        assert "Waterworks lead" in seen
        assert "Waterworks secret" not in seen
        assert "Hidden Waterworks" not in seen
        everything = client_of(coordinator).get("/search/", {"q": "waterworks"}).content.decode()
        assert "Waterworks secret" in everything
