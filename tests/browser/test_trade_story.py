"""A deal by clicking and typing: quote, approval, the customer's yes, order, parts, invoice, return."""

import re

import pytest

from orders.models import ApprovalRule, Invoice, Order, OrderReturn, QuoteFamily, StockItem
from people.models import Department, Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss(manager):
    ApprovalRule.objects.create(name="Discounts", kind="discount", threshold=10, approver=manager)
    return manager


@pytest.fixture
def deal(account_of, coordinator):
    factories.priced_product(sku="DP-12", name="Dosing pump DP 12", amount="840.00", stock=6)
    factories.priced_product(sku="GS-80", name="Gate valve DN80", amount="129.50", stock=9)
    return account_of


@pytest.fixture
def account_of(rep):
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    factories.ContactFactory(account=account, name="Claire Ashworth", email="claire@ng.example")
    return account


def cell(page, name, row):
    return page.locator(f"[name=line-{name}]").nth(row)


def test_a_deal_from_the_first_line_to_the_credit(deal, page_of, coordinator, boss, team):
    desk, chief, customer = page_of(coordinator), page_of(boss), page_of(width=390, dark=True)
    draft_by_keyboard(desk)
    released_by_the_manager(desk, chief)
    accepted_on_the_phone(desk, customer)
    ordered_in_part(desk)
    ordered_lines_are_edited_as_in_a_spreadsheet(desk)
    logistics = factories.member(Role.DEPARTMENT, department=Department.objects.first()
                                 or factories.DepartmentFactory())  # fmt: skip
    shipped_in_parts(desk, page_of(logistics))
    followed_by_the_customer(desk, customer)
    invoiced_and_returned(desk, chief)
    for page in (desk, chief, customer):
        assert page.problems == []


def draft_by_keyboard(desk):
    desk.goto("/orders/quotes/new/")
    desk.get_by_label("Account").fill("Northgate Water")
    desk.get_by_label("Title").fill("Dosing station, line 4")
    desk.get_by_label("Valid until").fill("2099-01-31")
    desk.get_by_role("button", name="Draft quote").click()
    desk.wait_for_url(re.compile(r"/orders/quotes/\d+/$"))
    desk.evaluate("""() => {
        const cell = document.querySelector("tr.fresh [name=line-sku]");
        const data = new DataTransfer();
        data.setData("text/plain", "DP-12\\t4\\nGS-80\\t6");
        cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }""")
    assert cell(desk, "sku", 1).input_value() == "GS-80"
    cell(desk, "discount_percent", 0).fill("15")
    desk.get_by_role("button", name="Save the draft").click()
    desk.wait_for_load_state()
    assert desk.get_by_text("List EUR").first.is_visible()


def released_by_the_manager(desk, chief):
    assert desk.get_by_text("A discount of 15 %, more than 10 %.").is_visible()
    desk.get_by_role("button", name="Ask for approval").click()
    chief.goto("/orders/approvals/")
    chief.get_by_role("button", name="Approve", exact=True).click()
    chief.wait_for_load_state()
    desk.reload()
    assert desk.get_by_text("Approved as it stands.").is_visible()
    cell(desk, "quantity", 0).fill("5")
    desk.get_by_role("button", name="Save the draft").click()
    desk.wait_for_load_state()
    assert desk.get_by_role("button", name="Ask for approval").is_visible()  # an edit voids it
    desk.get_by_role("button", name="Ask for approval").click()
    chief.goto("/orders/approvals/")
    chief.get_by_role("button", name="Approve", exact=True).click()
    chief.wait_for_load_state()
    desk.reload()
    desk.get_by_role("button", name="Send to the customer").click()
    desk.get_by_text("counts as sent").wait_for()


def accepted_on_the_phone(desk, customer):
    customer.goto(desk.get_by_role("link", name="The customer's page").get_attribute("href")
                  .split("//", 1)[1].split("/", 1)[1].join(["/", ""]))  # fmt: skip
    assert customer.get_by_role("heading", name="Dosing station, line 4").is_visible()
    customer.get_by_label("Your name").first.fill("Claire Ashworth")
    customer.get_by_role("button", name="Accept the offer").click()
    customer.get_by_text("Accepted by Claire Ashworth.").wait_for()
    assert QuoteFamily.objects.get().status == "won"


def ordered_in_part(desk):
    desk.reload()
    desk.get_by_label("Order now of line 1").fill("3")
    desk.get_by_label("PO number").fill("NW-1")
    desk.get_by_role("button", name="Order these quantities").click()
    desk.wait_for_url(re.compile(r"/orders/\d+/$"))
    order = Order.objects.get()
    assert [str(q) for q in order.lines.order_by("position").values_list("quantity", flat=True)] == [
        "3.000", "6.000",
    ]  # fmt: skip


def ordered_lines_are_edited_as_in_a_spreadsheet(desk):
    """A cell saves itself when it is left; Enter goes down the column."""
    desk.get_by_label("Quantity of line 1").fill("2")
    desk.get_by_label("Quantity of line 1").press("Enter")
    desk.get_by_label("Quantity of line 2").fill("5")
    with desk.expect_response(re.compile(r"/orders/\d+/lines/\d+/")):
        desk.get_by_label("Quantity of line 2").press("Tab")
    desk.wait_for_timeout(300)
    assert sorted(Order.objects.get().lines.values_list("quantity", flat=True)) == [2, 5]
    desk.get_by_role("button", name="Check", exact=True).click()
    desk.wait_for_load_state()
    desk.get_by_role("button", name="Confirm and reserve").click()
    desk.get_by_text("is confirmed and its stock reserved").wait_for()


def shipped_in_parts(desk, logistics):
    order = Order.objects.get()
    from orders import services

    services.hand_off(order, by=order.coordinator, at=order.confirmed_at)
    logistics.goto(f"/orders/{order.pk}/")
    logistics.get_by_role("link", name="Ship", exact=True).click()
    logistics.get_by_label("Leaves now of line 2").fill("")
    logistics.get_by_label("Carrier").fill("Rhenus")
    logistics.get_by_role("button", name="It has left").click()
    logistics.wait_for_url(re.compile(r"/orders/\d+/$"))
    assert logistics.get_by_text("Partly shipped").first.is_visible()
    desk.goto(f"/orders/{order.pk}/")
    desk.get_by_role("button", name="Ship all that is left").click()
    desk.get_by_role("dialog").get_by_role("button", name="Ship all that is left").click()
    desk.get_by_text("is shipped.").wait_for()


def followed_by_the_customer(desk, customer):
    order = Order.objects.get()
    order.refresh_from_db()
    customer.goto(f"/orders/status/{order.pk}/{order.link_key}/")
    assert customer.get_by_text("Your order is on the road").is_visible()
    assert customer.get_by_text("Rhenus").is_visible()
    desk.get_by_role("button", name="Mark as delivered").click()
    desk.get_by_text("is delivered.").wait_for()


def invoiced_and_returned(desk, chief):
    desk.get_by_role("button", name="Ask for an invoice").click()
    desk.wait_for_url(re.compile(r"/orders/invoices/\d+/$"))
    bill = Invoice.objects.get()
    chief.goto(f"/orders/invoices/{bill.pk}/")
    chief.get_by_role("button", name="Issue it").click()
    chief.get_by_role("heading", name=re.compile("INV-.*-00001")).wait_for()
    desk.goto(f"/orders/{bill.order_id}/return/")
    desk.get_by_label("Comes back of line 1").fill("1")
    desk.get_by_label("Reason").select_option("wrong_item")
    desk.get_by_label("Who caused it").select_option("warehouse")
    desk.get_by_role("button", name="Ask for it back").click()
    desk.get_by_role("button", name="We expect it").click()
    desk.get_by_role("button", name="It is here").click()
    desk.get_by_role("button", name="Close it").click()
    desk.wait_for_load_state()
    assert OrderReturn.objects.get().status == "closed"
    assert StockItem.objects.get(product__sku="DP-12").on_hand == 5
    chief.goto(f"/orders/invoices/{bill.pk}/")
    chief.get_by_label("Credit of line 1").fill("1")
    chief.get_by_label("What the credit is for").fill("One came back")
    chief.get_by_role("button", name="Write a credit note").click()
    chief.get_by_role("button", name="Issue it").click()
    chief.get_by_role("heading", name=re.compile("CN-.*-00001")).wait_for()
