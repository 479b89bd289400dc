"""The main job, end to end, by clicking and typing as people do.

To watch it: `WATCH=1 .venv/bin/pytest tests/browser/test_story.py`, which opens real windows and
goes slowly. Each person has a browser of his own; what Celery does by itself is done by calling
what its tasks call.
"""

import re
import time
from datetime import timedelta

import icalendar
import pytest
from django.utils import timezone

from comms import deliveries
from comms.models import Delivery
from desk.defaults import ensure_types
from desk.models import SalesRequest
from followups import services as followups
from followups.models import FollowUp
from journal.models import Cursor
from kpis.services import roll_up
from meetings.models import Meeting
from orders.models import IssueKind, Order, StockItem
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(team, rep, coordinator, manager, logistics_member, page_of):
    return Story(team, page_of, rep, coordinator, manager, logistics_member)


class Story:
    """The stage: four people at their own browsers, one customer, two products."""

    def __init__(self, team, page_of, rep, coordinator, manager, logistician):
        ensure_types(team)
        followups.ship(at=timezone.now())
        Cursor.objects.create(name=followups.FOLLOWER)  # from the first entry on
        self.customer = factories.AccountFactory(name="Northgate Water", owner=rep)
        self.contact = factories.ContactFactory(
            account=self.customer, name="Claire Ashworth", email="claire@northgate.example"
        )
        self.pump = factories.priced_product(
            sku="DP-12", name="Dosing pump DP 12", amount="840.00", stock=5
        )
        self.valve = factories.priced_product(
            sku="GS-80", name="Gate valve DN80", amount="129.50", stock=3
        )
        self.people = rep, coordinator
        self.rep, self.desk = page_of(rep), page_of(coordinator)
        self.boss, self.stock = page_of(manager), page_of(logistician)

    def wanted(self, days=14):
        return (timezone.localdate() + timedelta(days=days)).isoformat()

    # 1 The rep asks

    def ask(self, kind, subject):
        self.rep.goto("/requests/new/")
        self.rep.get_by_role("link", name=kind, exact=True).click()
        self.rep.get_by_label("What is it about?").fill(subject)
        assert self.rep.get_by_text("Our promise").is_visible()

    def send(self):
        self.rep.get_by_role("button", name="Send to the desk").click()
        self.rep.wait_for_url(re.compile(r"/requests/\d+/$"))
        return SalesRequest.objects.get(pk=int(self.rep.url.rstrip("/").rsplit("/", 1)[1]))

    def ask_for_an_order(self):
        self.ask("Order", "Two pumps and five valves")
        self.rep.get_by_label("Account").fill("Northgate Water")
        self.rep.get_by_label("Wanted on").fill(self.wanted())
        self.rep.get_by_label("Product of line 1").press_sequentially("dosing", delay=20)
        option = self.rep.locator("#products option").first
        option.wait_for(state="attached")
        assert "5" in option.inner_text() or "5" in (option.get_attribute("label") or "")
        self.rep.get_by_label("Product of line 1").fill("DP-12")
        self.rep.get_by_label("Quantity of line 1").fill("2")
        self.rep.get_by_label("Product of line 2").fill("GS-80")
        self.rep.get_by_label("Quantity of line 2").fill("5")
        self.rep.get_by_label("PO number").fill("PO-77120")
        why = self.rep.get_by_label("What is needed first?")
        assert why.is_hidden()
        self.rep.get_by_label("Delivery").select_option("split")
        why.fill("The pumps")
        return self.send()

    def ask_for_a_meeting(self):
        self.ask("Meeting", "Review of the dosing station")
        self.rep.get_by_label("Account").fill("Northgate Water")
        self.rep.get_by_label("How long, in minutes?").fill("45")
        self.rep.get_by_label("Colleagues who must come").fill(self.people[1].email)
        self.rep.get_by_label("Not before").fill(self.wanted(1))
        self.rep.get_by_label("Not after").fill(self.wanted(10))
        return self.send()

    def ask_a_question(self, words):
        self.ask("Question", words)
        self.rep.get_by_label("Your question").fill(f"{words} The customer is on the phone.")
        return self.send()

    # 2 The queue

    def appears_by_itself(self):
        """A new request comes within five seconds; focus and scroll stay where they were."""
        self.desk.goto("/queue/")
        self.desk.set_viewport_size({"width": 1440, "height": 420})
        self.desk.mouse.wheel(0, 60)
        search = self.desk.get_by_label("Search the subjects")
        search.focus()
        place = self.desk.evaluate("scrollY")
        row = self.ask_a_question("Which seal fits the DP 12?")
        begun = time.monotonic()
        self.desk.locator(f"#request-{row.pk}").wait_for(timeout=8000)
        assert time.monotonic() - begun < 6  # five seconds, and the answer on its way
        assert self.desk.evaluate("document.activeElement.id") == search.get_attribute("id")
        assert self.desk.evaluate("scrollY") == place
        self.desk.set_viewport_size({"width": 1440, "height": 900})
        return row

    def takes_next(self):
        self.desk.goto("/queue/")
        self.desk.get_by_role("button", name=re.compile("Take next")).click()
        self.desk.wait_for_url(re.compile(r"/requests/\d+/$"))
        return int(self.desk.url.rstrip("/").rsplit("/", 1)[1])

    def claims(self, row):
        self.desk.goto("/queue/")
        self.desk.get_by_role("button", name=f"Claim R-{row.pk}").click()
        self.desk.locator(f"#request-{row.pk}").get_by_text("Marta Lindqvist").wait_for()

    # 3 Asking back

    def asks_and_is_answered(self, row):
        self.desk.goto(f"/requests/{row.pk}/")
        self.desk.locator("label:has(input[value=ask])").click()
        self.desk.get_by_label("Message").fill("Which gate do they unload at?")
        self.desk.locator("[data-send]").click()
        self.desk.locator(".msg", has_text="Which gate do they unload at?").wait_for()
        row.refresh_from_db()
        assert (row.party, row.due_at) == ("rep", None)
        self.rep.goto(f"/requests/{row.pk}/")
        assert self.rep.get_by_text("The desk asked you something").is_visible()
        self.rep.get_by_label("Your answer").fill("Gate 4, before noon.")
        self.rep.get_by_role("button", name="Answer", exact=True).click()
        self.rep.get_by_text("Gate 4, before noon.").wait_for()
        row.refresh_from_db()
        assert row.party == "desk"
        assert row.due_at is not None
        self.desk.reload()
        bar = self.desk.locator("section.custody")
        assert "Rep" in bar.inner_text()
        assert "Desk" in bar.inner_text()

    # 4 The order

    def drafts_the_order(self, row):
        self.desk.goto(f"/requests/{row.pk}/")
        self.desk.get_by_role("button", name="Draft the order").click()
        self.desk.wait_for_url(re.compile(r"/orders/\d+/$"))
        order = Order.objects.get(po_number="PO-77120")
        assert self.desk.get_by_text("Gate valve DN80").first.is_visible()
        assert self.desk.get_by_text(re.compile("^List")).first.is_visible()
        return order

    def passes_the_gate(self, order):
        """Five valves of three: the quantity is cut in place; a credit hold is overridden."""
        self.customer.credit_hold, self.customer.credit_hold_reason = True, "One invoice overdue"
        self.customer.save()
        self.desk.get_by_role("button", name=re.compile("^Check")).first.click()
        issue = self.desk.locator(f"#issue-{self.open_issue(order, IssueKind.AVAILABILITY).pk}")
        issue.get_by_role("button").first.click()
        self.desk.wait_for_load_state()
        hold = self.desk.locator(f"#issue-{self.open_issue(order, IssueKind.CREDIT).pk}")
        hold.get_by_text("Override with a reason").click()
        hold.get_by_label("Reason").fill("Finance agreed by phone")
        hold.get_by_role("button", name="Override", exact=True).click()
        self.desk.get_by_text("Finance agreed by phone").first.wait_for()
        assert self.desk.get_by_text("Saved:").first.is_visible()

    @staticmethod
    def open_issue(order, kind):
        until = time.monotonic() + 10
        while time.monotonic() < until:
            issue = order.issues.filter(kind=kind, state="open").first()
            if issue is not None:
                return issue
            time.sleep(0.1)
        raise AssertionError(f"No open {kind}: {list(order.issues.values('kind', 'state'))}")

    def confirms_and_hands_off(self, order):
        self.desk.get_by_role("button", name="Confirm and reserve").click()
        self.desk.get_by_text("is confirmed and its stock reserved").wait_for()
        held = dict(StockItem.objects.values_list("product__sku", "reserved"))
        lines = dict(order.lines.values_list("product__sku", "reserved"))
        assert held == {**held, **lines}
        assert lines["DP-12"] == 2
        self.desk.get_by_role("button", name="Hand off to logistics").click()
        self.desk.wait_for_load_state()
        self.stock.goto("/handoffs/")
        self.stock.get_by_label("Ready on").fill(self.wanted(3))
        self.stock.get_by_role("button", name="Accept").click()
        self.stock.get_by_text("promised", exact=False).first.wait_for()
        order.refresh_from_db()
        assert (order.status, order.promised_on.isoformat()) == ("handed_off", self.wanted(3))

    # 5 The meeting

    def schedules(self, row):
        self.desk.goto(f"/requests/{row.pk}/")
        self.desk.get_by_role("button", name="Find a time").click()
        self.desk.wait_for_url(re.compile(r"/meetings/\d+/$"))
        self.desk.get_by_role("button", name=re.compile("^Book")).first.click()
        self.desk.get_by_text("Booked").first.wait_for()
        meeting = Meeting.objects.get(title="Review of the dosing station")
        assert meeting.starts_at.weekday() < 5
        deliveries.send_due(at=timezone.now())
        invitation = Delivery.objects.filter(status="sent", calendar_part__gt="").first()
        event = icalendar.Calendar.from_ical(invitation.calendar_part)
        assert event["METHOD"] == "REQUEST"
        assert event.walk("VEVENT")[0].decoded("DTSTART") == meeting.starts_at
        return meeting

    def says_how_it_went(self, meeting):
        """A week later; the meeting is moved into the past, as nobody waits for it here."""
        start = timezone.now() - timedelta(hours=3)
        Meeting.objects.filter(pk=meeting.pk).update(
            starts_at=start, ends_at=start + timedelta(minutes=45)
        )
        self.desk.goto(f"/meetings/{meeting.pk}/")
        self.desk.get_by_role("heading", name="How did it go?").wait_for()
        self.desk.get_by_label("It was held").check()
        self.desk.get_by_role("button", name="Save how it went").click()
        self.desk.get_by_text("said Marta Lindqvist").wait_for()

    # 6 Answers and ends

    def resolves_and_is_asked_again(self, row):
        self.desk.goto(f"/requests/{row.pk}/")
        if self.desk.get_by_role("button", name=re.compile("^Claim")).count():
            self.desk.get_by_role("button", name=re.compile("^Claim")).click()
            self.desk.get_by_role("button", name="Put back").wait_for()
        self.desk.get_by_label("Message").fill("The 28 mm mechanical seal.")
        self.desk.get_by_role("button", name="Send").click()
        self.desk.get_by_text("The 28 mm mechanical seal.").wait_for()
        self.desk.get_by_role("button", name=re.compile("^Resolve")).click()
        self.desk.get_by_text("Resolved").first.wait_for()
        self.rep.goto(f"/requests/{row.pk}/")
        self.rep.locator("form[action$='/reopen/'] textarea").fill("They have the old model.")
        self.rep.get_by_role("button", name="Reopen").click()
        self.rep.get_by_text("They have the old model.").wait_for()
        self.desk.reload()
        self.desk.get_by_role("button", name=re.compile("^Resolve")).click()
        self.desk.get_by_text("Resolved").first.wait_for()
        row.refresh_from_db()
        assert (row.outcome, row.reopened) == ("resolved", 1)

    def withdraws(self, row):
        self.rep.goto(f"/requests/{row.pk}/")
        self.rep.get_by_role("button", name="Withdraw").click()
        self.rep.locator("dialog[open] .btn").first.wait_for()
        self.rep.locator("dialog[open] .btn").filter(has_text=re.compile("Withdraw|Yes")).click()
        self.rep.get_by_text("Withdrawn").first.wait_for()
        row.refresh_from_db()
        assert row.outcome == "withdrawn"

    def marks_as_duplicate(self, row, of):
        self.desk.goto(f"/requests/{row.pk}/")
        self.desk.get_by_text("Merge, split").click()
        self.desk.get_by_label("Merge into R-").fill(str(of.pk))
        self.desk.get_by_role("button", name="Merge").click()
        self.desk.get_by_text("Duplicate of").first.wait_for()
        row.refresh_from_db()
        assert row.outcome == "duplicate"

    # 7 Follow-ups

    def follow_ups_go_out(self, order):
        followups.follow()
        followups.settle_due(at=timezone.now() + timedelta(hours=1))
        deliveries.send_due(at=timezone.now() + timedelta(hours=1))
        told = FollowUp.objects.get(rule__in=["order_handed_off", "order_promised"], status="sent")
        assert told.recipient == "claire@northgate.example"
        assert order.number in told.delivery.body
        self.desk.goto("/follow-ups/?status=sent")
        why, _, about = told.reason.partition(": ")
        assert self.desk.get_by_text(why).first.is_visible()
        assert self.desk.get_by_role("link", name=about).first.is_visible()

    # 8 The figures

    def the_figures_follow(self, row):
        roll_up(at=timezone.now())
        self.boss.goto("/kpis/")
        for name in ("Net turnaround", "Orders right", "Quotes that became orders",
                     "Internal answer", "Held on time"):  # fmt: skip
            assert self.boss.get_by_text(name).first.is_visible(), name
        self.boss.goto("/kpis/turnaround/")
        self.boss.get_by_role("link", name="Open the rows").click()
        self.boss.get_by_role("link", name=re.compile(row.subject[:20])).first.click()
        self.boss.get_by_role("heading", name="What happened").wait_for()

    def nobody_saw_an_error(self):
        for page in (self.rep, self.desk, self.boss, self.stock):
            assert page.problems == []


def test_a_request_from_the_rep_to_the_figures(company):
    order_request = company.ask_for_an_order()
    meeting_request = company.ask_for_a_meeting()
    question = company.appears_by_itself()
    first = company.takes_next()
    assert first in {order_request.pk, meeting_request.pk, question.pk}
    for row in (order_request, meeting_request):
        if row.pk != first:
            company.claims(row)
    company.asks_and_is_answered(order_request)
    order = company.drafts_the_order(order_request)
    company.passes_the_gate(order)
    company.confirms_and_hands_off(order)
    meeting = company.schedules(meeting_request)
    company.resolves_and_is_asked_again(question)
    again = company.ask_a_question("Is the seal in stock?")
    company.marks_as_duplicate(again, of=question)
    company.withdraws(company.ask_a_question("Never mind, found it"))
    company.follow_ups_go_out(order)
    company.says_how_it_went(meeting)
    company.the_figures_follow(question)
    company.nobody_saw_an_error()


def test_a_question_is_asked_and_answered_without_any_script(
    chromium, live_server, client_of, team, rep, coordinator
):
    """Forms and links alone: submit, claim, answer, resolve."""
    ensure_types(team)
    pages = []
    for user in (rep, coordinator):
        context = chromium.new_context(java_script_enabled=False, base_url=live_server.url)
        cookie = client_of(user).cookies["portal_session"].value
        context.add_cookies([{"name": "portal_session", "value": cookie, "url": live_server.url}])
        pages.append(context.new_page())
    asker, desk = pages
    asker.goto("/requests/new/question/")
    asker.fill("[name=subject]", "Which seal fits?")
    asker.fill("[name=f_question]", "For the DP 12.")
    asker.click("text=Send to the desk")
    row = SalesRequest.objects.get()
    desk.goto("/queue/")
    desk.click(f"[aria-label='Claim {row.ref}']")
    desk.goto(f"/requests/{row.pk}/")
    desk.fill("#say-body", "The 28 mm one.")
    desk.click("button:has-text('Send')")
    desk.click("button:has-text('Resolve')")
    row.refresh_from_db()
    assert (row.status, row.outcome, row.holder) == ("done", "resolved", coordinator)
    for page in pages:
        page.context.close()
