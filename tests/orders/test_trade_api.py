"""The trade over the API: the whole way of a deal, and what is refused."""

from decimal import Decimal

import pytest

from orders.models import ApprovalRule, StockItem
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(coordinator, api_of, pump):
    return api_of(coordinator)


@pytest.fixture
def quote(api, account):
    contact = factories.ContactFactory(account=account)
    body = {"account": account.pk, "contact": contact.pk, "title": "Line 4", "payment_terms": "30 days",
            "lines": [{"sku": "VM-45", "quantity": "4"}]}  # fmt: skip
    return api.post("/api/quotes/", body).json()


class TestADeal:
    def test_from_the_offer_to_the_money(self, api, quote, account, api_of):
        path = f"/api/quotes/{quote['id']}"
        sent = api.post(f"{path}/send/").json()
        revision = sent["revisions"][0]
        won = api.post(f"{path}/accept/", {"revision": revision["id"], "name": "Claire",
                                           "content_hash": revision["content_hash"]}).json()  # fmt: skip
        assert won["status"] == "won"
        order = api.post(f"{path}/order/", {"po_number": "PO-1"}).json()
        for step in ("check", "confirm", "hand-off"):
            order = api.post(f"/api/orders/{order['id']}/{step}/").json()
        line = order["lines"][0]["id"]
        part = api.post("/api/shipments/", {"order": order["id"], "carrier": "Rhenus",
                                            "lines": [{"line": line, "quantity": "1"}]}).json()  # fmt: skip
        rest = api.post("/api/shipments/", {"order": order["id"]}).json()
        assert rest["lines"] == [{"line": line, "quantity": "3.000"}]
        for row in (part, rest):
            api.post(f"/api/shipments/{row['id']}/deliver/", {"received_by": "K. Weber"})
        assert api.get(f"/api/orders/{order['id']}/").json()["status"] == "delivered"
        bill = api.post("/api/invoices/", {"order": order["id"]}).json()
        boss = api_of(factories.member(Role.MANAGER))
        bill = boss.post(f"/api/invoices/{bill['id']}/issue/").json()
        paid = boss.post(f"/api/invoices/{bill['id']}/pay/", {"on": bill["issued_on"]}).json()
        assert (paid["status"], paid["gross"]) == ("paid", "400.0000")
        assert api.get(f"/api/orders/{order['id']}/").json()["status"] == "closed"

    def test_a_return_goes_back_into_stock(self, api, account):
        contact = factories.ContactFactory(account=account)
        body = {"account": account.pk, "contact": contact.pk, "check": True, "confirm": True,
                "lines": [{"sku": "VM-45", "quantity": "2"}]}  # fmt: skip
        order = api.post("/api/orders/", body).json()
        for step in ("hand-off", "ship"):
            order = api.post(f"/api/orders/{order['id']}/{step}/").json()
        line = order["lines"][0]["id"]
        row = api.post("/api/returns/", {"order": order["id"], "reason": "defect", "cause": "system",
                                         "lines": [{"line": line, "quantity": "1"}]}).json()  # fmt: skip
        api.post(f"/api/returns/{row['id']}/approve/")
        back = {"restocked": [{"line": row["lines"][0]["id"], "quantity": "1"}]}
        done = api.post(f"/api/returns/{row['id']}/receive/", back).json()
        assert done["status"] == "received"
        assert StockItem.objects.get().on_hand == 9

    def test_two_revisions_and_an_alternative(self, api, quote):
        path = f"/api/quotes/{quote['id']}"
        api.post(f"{path}/send/")
        again = api.post(f"{path}/revise/", {"option": "Stainless"}).json()
        assert [r["option"] for r in again["revisions"]] == ["Stainless", ""]
        body = {"lines": [{"text": "Freight", "quantity": "1", "unit_price": "80"}]}
        changed = api.post(f"{path}/content/", body).json()
        assert changed["revisions"][0]["net"] == "80.0000"


class TestPrices:
    def test_what_an_account_pays_and_why(self, api, account, pump):
        answer = api.get(f"/api/products/{pump.pk}/price/?account={account.pk}&quantity=3").json()
        assert (answer["list_price"], answer["why"]) == ("100.0000", "List EUR")

    def test_what_can_be_promised(self, api, pump):
        api.post(f"/api/products/{pump.pk}/expect/",
                 {"warehouse": "RTM", "quantity": "5", "on": "2099-01-05"})  # fmt: skip
        answer = api.get(f"/api/products/{pump.pk}/promise/?by=2099-02-01").json()
        assert Decimal(answer["available"]) == 15

    def test_a_count(self, api, pump):
        body = {"warehouse": "RTM", "counted": "7", "reason": "Cycle count"}
        assert api.post(f"/api/products/{pump.pk}/count/", body).json()[0]["on_hand"] == "7.000"


class TestRefusals:
    def test_a_sent_quote_is_not_edited(self, api, quote):
        api.post(f"/api/quotes/{quote['id']}/send/")
        answer = api.post(f"/api/quotes/{quote['id']}/content/", {"terms": "Other"})
        assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (
            409,
            "quotemoverefused",
        )

    def test_another_content_is_not_accepted(self, api, quote):
        sent = api.post(f"/api/quotes/{quote['id']}/send/").json()["revisions"][0]
        body = {"revision": sent["id"], "name": "x", "content_hash": "0" * 64}
        answer = api.post(f"/api/quotes/{quote['id']}/accept/", body)
        assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (409, "stale")

    def test_what_needs_a_release_waits_for_it(self, api, account, api_of):
        boss = factories.member(Role.MANAGER)
        ApprovalRule.objects.create(name="Value", kind="value", threshold=100, approver=boss)
        contact = factories.ContactFactory(account=account)
        body = {"account": account.pk, "contact": contact.pk, "check": True, "confirm": True,
                "lines": [{"sku": "VM-45", "quantity": "4"}]}  # fmt: skip
        order = api.post("/api/orders/", body).json()
        assert (order["status"], order["approval_needed"]) == ("draft", True)
        api.post(f"/api/orders/{order['id']}/ask-approval/")
        (row,) = api.get("/api/approvals/?status=waiting").json()["results"]
        assert api.post(f"/api/approvals/{row['id']}/approve/").status_code == 403
        assert (
            api_of(boss).post(f"/api/approvals/{row['id']}/approve/").json()["status"] == "approved"
        )
        assert api.post(f"/api/orders/{order['id']}/confirm/").json()["status"] == "confirmed"

    def test_bad_rows_are_named(self, api, account):
        order = api.post("/api/orders/", {"account": account.pk}).json()
        rows = [{"sku": "VM-45", "quantity": "1"}, {"sku": "NO", "quantity": "x"}]
        answer = api.post(f"/api/orders/{order['id']}/add-rows/", {"rows": rows})
        assert answer.status_code == 400
        assert "NO" not in [
            line["sku"] for line in api.get(f"/api/orders/{order['id']}/").json()["lines"]
        ]

    def test_the_worklist_by_api(self, api, account, coordinator):
        body = {"account": account.pk, "check": True, "lines": [{"sku": "VM-45", "quantity": "99"}]}
        order = api.post("/api/orders/", body).json()
        (row,) = api.get("/api/worklist/?kind=availability").json()
        assert row["order"] == order["id"]
        count = api.post("/api/worklist/assign/", {"keys": [row["key"]], "owner": coordinator.pk})
        assert count.json() == {"count": 1}
        answer = api.post("/api/worklist/snooze/", {"keys": [row["key"]], "until": "2020-01-01"})
        assert answer.status_code == 422

    def test_reps_see_no_worklist(self, api_of, rep):
        assert api_of(rep).get("/api/worklist/").status_code == 403
