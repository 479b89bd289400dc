"""Orders, products and quotes through the API."""

import pytest

from orders import services
from orders.models import Order
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def body(account, pump):
    contact = factories.ContactFactory(account=account)
    return {
        "account": account.pk,
        "contact": contact.pk,
        "lines": [{"sku": "VM-45", "quantity": "2"}],
    }


class TestOrders:
    def test_the_whole_way_in_one_call(self, body, coordinator, api_of):
        reply = api_of(coordinator).post("/api/orders/", {**body, "check": True, "confirm": True})
        order = reply.json()
        assert (reply.status_code, order["status"]) == (201, "confirmed")
        assert order["net"] == "200.0000"
        assert order["lines"][0]["reserved"] == "2.000"

    def test_and_step_by_step(self, body, coordinator, api_of):
        api = api_of(coordinator)
        pk = api.post("/api/orders/", body).json()["id"]
        states = [
            api.post(f"/api/orders/{pk}/{step}/").json()["status"]
            for step in ("check", "confirm", "hand-off", "ship", "deliver")
        ]
        assert states == ["checked", "confirmed", "handed_off", "shipped", "delivered"]

    def test_a_blocked_order_is_kept_as_a_draft_with_its_problems(self, body, coordinator, api_of):
        body["lines"][0]["quantity"] = "12"
        reply = api_of(coordinator).post("/api/orders/", {**body, "confirm": True}).json()
        assert reply["status"] == "draft"
        codes = [fix["code"] for fix in reply["issues"][0]["fixes"]]
        assert codes == ["set_quantity", "split"]

    def test_a_fix_and_an_override(self, body, coordinator, api_of):
        api = api_of(coordinator)
        body["lines"][0]["quantity"] = "12"
        body["lines"][0]["unit_price"] = "90"
        order = api.post("/api/orders/", {**body, "check": True}).json()
        short, price = order["issues"]
        path = f"/api/orders/{order['id']}"
        api.post(f"{path}/fix/", {"issue": short["id"], "fix": "set_quantity"})
        reply = api.post(f"{path}/override/", {"issue": price["id"], "reason": "Agreed"})
        assert reply.json()["status"] == "checked"

    def test_a_shortage_is_409_and_names_the_line(self, body, coordinator, api_of):
        api = api_of(coordinator)
        body["lines"][0]["quantity"] = "12"
        pk = api.post("/api/orders/", body).json()["id"]
        reply = api.post(f"/api/orders/{pk}/confirm/")
        assert (reply.status_code, reply.json()["type"]) == (409, "shortage")
        assert "VM-45" in reply.json()["detail"]

    def test_the_same_key_makes_one_order(self, body, coordinator, api_of):
        api = api_of(coordinator)
        first = api.post("/api/orders/", body, headers={"Idempotency-Key": "a"})
        again = api.post("/api/orders/", body, headers={"Idempotency-Key": "a"})
        assert first.json() == again.json()
        assert Order.objects.count() == 1

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"account": 2**63}, 400),
            ({"account": 999999}, 400),
            ({"lines": [{"sku": "VM-45", "quantity": "NaN"}]}, 400),
            ({"lines": [{"sku": "VM-45", "quantity": "1e400"}]}, 400),
            ({"lines": [{"sku": "VM-45", "quantity": "99999999999"}]}, 422),
            ({"lines": [{"sku": "V\0", "quantity": "1"}]}, 400),
            ({"lines": [{"quantity": "1"}]}, 400),
            ({"lines": [{"sku": "NONE", "quantity": "1"}]}, 422),
            ({"wanted_on": "2026-02-30"}, 400),
            ({"status": "confirmed"}, 400),
        ],
    )
    def test_what_cannot_be_used_is_refused(self, change, status, body, coordinator, api_of):
        reply = api_of(coordinator).post("/api/orders/", {**body, **change})
        assert reply.status_code == status, reply.json()
        assert not Order.objects.exists()

    def test_a_rep_sees_own_orders_and_changes_none(self, body, draft, rep, coordinator, api_of):
        mine, other = draft(rep=rep), draft()
        api = api_of(rep)
        assert [o["id"] for o in api.get("/api/orders/").json()["results"]] == [mine.pk]
        assert api.get(f"/api/orders/{other.pk}/").status_code == 404
        assert api.post(f"/api/orders/{mine.pk}/check/").status_code == 403
        assert api.post("/api/orders/", body).status_code == 403

    def test_another_orders_issue_cannot_be_overridden(self, pump, draft, coordinator, now, api_of):
        issue = services.check(draft((pump, 12)), by=coordinator, at=now)[0]
        reply = api_of(coordinator).post(
            f"/api/orders/{draft().pk}/override/", {"issue": issue.pk, "reason": "Mine"}
        )
        assert reply.status_code == 400

    def test_the_one_call_journey_costs_few_queries_whatever_the_lines(
        self, account, coordinator, now, django_assert_max_num_queries
    ):
        skus = [factories.priced_product(stock=99).sku for _ in range(20)]
        coordinator.has_perm("orders.change_order")
        for n in (5, 20):
            lines = [{"sku": sku, "quantity": 1} for sku in skus[:n]]
            with django_assert_max_num_queries(20):  # of which 4 are savepoints
                services.place(
                    account, lines=lines, by=coordinator, at=now, check=True, confirm=True
                )


class TestProducts:
    def test_found_with_free_stock_and_price(self, pump, rep, api_of):
        found = api_of(rep).get("/api/products/", {"q": "VM-4"}).json()["results"][0]
        assert (found["sku"], found["free"], found["list_price"]) == ("VM-45", "10.000", "100.0000")

    def test_stock_by_warehouse(self, pump, rep, api_of):
        reply = api_of(rep).get(f"/api/products/{pump.pk}/stock/").json()
        assert [(row["warehouse"], float(row["free"])) for row in reply] == [("RTM", 10.0)]

    def test_a_sku_is_given_once_whatever_the_case(self, pump, coordinator, api_of):
        reply = api_of(coordinator).post("/api/products/", {"sku": "vm-45", "name": "Pump"})
        assert reply.status_code == 409

    def test_a_new_product_has_its_price(self, coordinator, api_of):
        reply = api_of(coordinator).post(
            "/api/products/", {"sku": "N-1", "name": "New pump", "list_price": "12.50"}
        )
        assert (reply.status_code, reply.json()["list_price"]) == (201, "12.5000")


class TestQuotes:
    def test_draft_send_lose(self, account, coordinator, api_of):
        api = api_of(coordinator)
        body = {
            "account": account.pk,
            "title": "Pumps",
            "amount": "10",
            "valid_until": "2099-01-01",
        }
        quote = api.post("/api/quotes/", body).json()
        assert api.post(f"/api/quotes/{quote['id']}/decline/", {"reason": "x"}).status_code == 409
        assert api.post(f"/api/quotes/{quote['id']}/send/").json()["status"] == "sent"
        lost = api.post(f"/api/quotes/{quote['id']}/decline/", {"reason": "Too dear"})
        assert lost.json()["status"] == "lost"
