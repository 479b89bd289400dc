"""The pages, as people use them."""

import pytest

from orders import services
from orders.models import Order, QuoteFamily
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(coordinator, client_of):
    return client_of(coordinator)


class TestOrderPage:
    def test_draft_add_check_confirm(self, browser, account, pump):
        reply = browser.post("/orders/new/", {"account": "northgate water", "po_number": "NW-7"})
        page = reply["Location"]
        browser.post(f"{page}lines/", {"sku": "VM-45", "quantity": "2"})
        browser.post(f"{page}check/")
        assert "Confirm and reserve" in browser.get(page).content.decode()
        browser.post(f"{page}confirm/")
        assert Order.objects.get().status == "confirmed"
        assert "Reserved" in browser.get(page).content.decode()

    def test_a_problem_has_its_fix_as_a_button(self, browser, draft, pump):
        order = draft((pump, 12))
        browser.post(f"/orders/{order.pk}/check/")
        text = browser.get(f"/orders/{order.pk}/").content.decode()
        assert "12 of VM-45 wanted, 10 free" in text
        assert "Reduce to 10" in text
        assert 'name="quantity" inputmode="decimal" value="12"' in text
        issue = order.issues.get()
        browser.post(f"/orders/{order.pk}/issues/{issue.pk}/fix/", {"fix": "set_quantity"})
        order.refresh_from_db()
        assert order.status == "checked"

    def test_an_override_without_a_reason_is_told_so(self, browser, draft, pump):
        order = draft((pump, 12))
        browser.post(f"/orders/{order.pk}/check/")
        url = f"/orders/{order.pk}/issues/{order.issues.get().pk}/override/"
        assert browser.post(url, {"reason": ""}).status_code == 422
        assert browser.post(url, {"reason": "Customer waits"}).status_code == 302

    def test_a_refusal_says_why_on_the_page(self, browser, draft):
        order = draft()
        reply = browser.post(f"/orders/{order.pk}/lines/", {"sku": "NONE", "quantity": "1"})
        assert reply.status_code == 422
        assert "We have no product NONE." in reply.content.decode()

    def test_a_double_submit_ships_once(self, browser, draft, pump, coordinator, now):
        order = draft((pump, 1))
        services.confirm(order, by=coordinator, at=now)
        services.hand_off(order, by=coordinator, at=now)
        for _ in range(2):
            reply = browser.post(f"/orders/{order.pk}/ship/", {"idempotency_key": "k"})
            assert reply.status_code == 302

    def test_queries_do_not_grow_with_lines(self, browser, draft, django_assert_max_num_queries):
        few = draft((factories.priced_product(stock=5), 1))
        many = draft(*[(factories.priced_product(stock=5), 1) for _ in range(15)])
        for order in (few, many):
            browser.get(f"/orders/{order.pk}/")
            with django_assert_max_num_queries(12):
                browser.get(f"/orders/{order.pk}/")

    def test_a_rep_reads_without_buttons(self, rep, client_of, draft, pump):
        order = draft((pump, 1), rep=rep)
        text = client_of(rep).get(f"/orders/{order.pk}/").content.decode()
        assert "VM-45" in text
        assert "/check/" not in text
        assert client_of(rep).post(f"/orders/{order.pk}/check/").status_code == 403

    @pytest.mark.parametrize("quantity", ["NaN", "1e999", "-1", "", "abc", "0"])
    def test_odd_quantities_are_refused_kindly(self, quantity, browser, draft, pump):
        order = draft((pump, 1))
        data = {"sku": "VM-45", "quantity": quantity}
        assert browser.post(f"/orders/{order.pk}/lines/", data).status_code == 422


class TestLists:
    def test_orders_newest_first_with_search(self, browser, draft, pump):
        first, second = draft((pump, 1)), draft((pump, 1))
        text = browser.get("/orders/").content.decode()
        assert text.index(second.number) < text.index(first.number)
        assert first.number not in browser.get(f"/orders/?q={second.number}").content.decode()

    def test_the_list_costs_the_same_for_one_and_for_fifty(
        self, browser, draft, pump, django_assert_max_num_queries
    ):
        for _ in range(8):
            draft((pump, 1))
        browser.get("/orders/")
        with django_assert_max_num_queries(6):
            browser.get("/orders/")

    def test_stock_shows_what_is_free(self, browser, pump):
        assert "VM-45" in browser.get("/orders/stock/?q=VM").content.decode()

    def test_product_search_answers_both_ways(self, browser, pump):
        found = browser.get("/orders/products/search/?q=VM-4").json()["results"]
        assert found[0]["sku"] == "VM-45"
        html = browser.get("/orders/products/search/?sku=VM-4", headers={"HX-Request": "true"})
        assert "10 free" in html.content.decode()


class TestQuotePages:
    def test_draft_send_order(self, browser, account):
        data = {
            "account": str(account.pk),
            "title": "Pumps",
            "amount": "10",
            "valid_until": "2099-01-01",
        }
        page = browser.post("/orders/quotes/new/", data)["Location"]
        assert browser.post(f"{page}send/").status_code == 302
        order = browser.post(f"{page}order/")["Location"]
        assert QuoteFamily.objects.get().number in browser.get(order).content.decode()
        assert "Pumps" in browser.get("/orders/quotes/").content.decode()
