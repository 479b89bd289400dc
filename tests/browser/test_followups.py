"""Follow-ups in a real browser: drafts in place, keys, variables, the live preview, no violations."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from followups import services
from followups.models import FollowUp, Rule
from meetings import services as meetings
from tests import factories
from tests.browser import axe

LOOKS = [(1440, False), (390, True)]


@pytest.fixture
def desk(transactional_db, role_groups, coordinator, manager, rep):
    """A meeting with a guest: three reminders, one of them a draft."""
    from journal.models import Entry

    now = timezone.now()
    services.ship(at=now)
    account = factories.AccountFactory(name="Northgate Water")
    row = meetings.request_meeting(
        title="Pump review", account=account, host=rep, attendees=[coordinator.pk],
        guests=[{"name": "Claire Ashworth", "email": "claire@northgate.example"}], minutes=45,
        window_from=now, window_until=now + timedelta(days=7), by=coordinator, at=now,
    )  # fmt: skip
    meetings.book(row, starts_at=now + timedelta(days=3), by=coordinator, at=now)
    with transaction.atomic():
        services.handle(list(Entry.objects.order_by("pk")))
    draft = FollowUp.objects.filter(rule="meeting_tomorrow", recipient__startswith="claire").get()
    FollowUp.objects.filter(pk=draft.pk).update(
        status="draft", subject="Tomorrow", body="Hello **you**"
    )
    services.pause(
        why="Trade fair", rule=Rule.objects.get(code="meeting_hour"), by=coordinator, at=now
    )
    return draft, account


@pytest.mark.slow  # the walk over all pages reads these too
def test_every_page_is_sound(desk, page_of, manager):
    draft, account = desk
    rule = Rule.objects.get(code="meeting_tomorrow")
    scheduled = FollowUp.objects.filter(status="scheduled").first()
    paths = ["", "?status=draft", "?status=sent", "calendar/", "calendar/?as=month", "rules/", "pauses/", f"rules/{rule.pk}/",
             f"rules/{rule.pk}/edit/", "rules/new/", f"{draft.pk}/", f"{scheduled.pk}/", f"?account={account.pk}"]  # fmt: skip
    wrong = {}
    for width, dark in LOOKS:
        page = page_of(manager, width=width, dark=dark)
        for path in [
            *(f"/follow-ups/{path}" for path in paths),
            f"/accounts/{account.pk}/",
            "/help/followups/",
        ]:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            found = [*axe.violations(page), *page.problems]
            page.problems.clear()
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found += [f"{over} px stick out"] if over > 0 else []
            if found:
                wrong[f"{path} {width}"] = found
    assert not wrong, "\n".join(
        f"{look}: {line}" for look, found in wrong.items() for line in found
    )


def test_a_draft_is_approved_in_place(desk, page_of, coordinator):
    draft, _ = desk
    page = page_of(coordinator)
    page.goto("/follow-ups/?status=draft")
    page.get_by_text("As mail").click()
    frame = page.frame_locator("iframe")
    assert frame.locator("strong").inner_text() == "you"
    page.get_by_label("Text").fill("Hello, until tomorrow.")
    page.get_by_role("button", name="Approve and send").click()
    page.get_by_text("Sent.").wait_for()
    draft.refresh_from_db()
    assert (draft.status, draft.delivery.body) == ("sent", "Hello, until tomorrow.")
    assert page.problems == []


def test_keys_pick_rows_and_the_bar_stops_them(desk, page_of, coordinator):
    page = page_of(coordinator)
    page.goto("/follow-ups/")
    before = FollowUp.objects.filter(status="scheduled").count()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    page.get_by_text("2 selected").wait_for()
    page.get_by_placeholder("Why stop them").fill("Not needed")
    page.locator(".bulk").get_by_role("button", name="Stop").click()
    page.get_by_text("2 stopped.").wait_for()
    assert FollowUp.objects.filter(status="scheduled").count() == before - 2


def test_a_variable_goes_in_at_the_cursor_and_the_preview_follows(desk, page_of, manager):
    page = page_of(manager)
    page.goto(f"/follow-ups/rules/{Rule.objects.get(code='meeting_tomorrow').pk}/edit/")
    page.locator("#preview").get_by_text("Tomorrow: Pump review").first.wait_for()
    subject = page.locator("[name=step-0-subject]")
    subject.fill("At : be there")
    subject.focus()
    page.evaluate("document.activeElement.setSelectionRange(3, 3)")
    page.get_by_role("button", name="Length in minutes").click()
    assert subject.input_value() == "At {{ meeting.minutes }}: be there"
    page.locator("#preview").get_by_text("At 45: be there").first.wait_for()
    subject.fill("{{ meeting.colour }}")
    page.locator("#preview").get_by_text("There is no “meeting.colour” here.").wait_for()
    assert page.problems == []


def test_the_editor_works_without_javascript(desk, chromium, live_server, client_of, manager):
    cookie = client_of(manager).cookies["portal_session"].value
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies([{"name": "portal_session", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto("/follow-ups/rules/new/")
    page.get_by_label("Name").fill("Booked: say hello")
    page.get_by_label("It is about").select_option(label="Meeting")
    page.get_by_role("button", name="Choose").click()
    page.get_by_label("Meeting booked").check()
    page.get_by_label("Who hears it").select_option(label="The host")
    page.get_by_role("button", name="Add condition").click()
    page.get_by_label("What", exact=True).first.select_option(label="Title")
    page.get_by_label("How", exact=True).select_option(label="contains")
    page.get_by_label("Value").fill("pump")
    page.get_by_label("Subject").fill("{{ meeting.title }}")
    page.get_by_label("Text").fill("Hello {{ reader.first_name }}")
    page.get_by_role("button", name="What would it have done last month?").click()
    assert "Last month it would have sent 0" in page.content()
    page.get_by_role("button", name="Make the rule").click()
    context.close()
    rule = Rule.objects.get(name="Booked: say hello")
    assert (rule.reader, rule.conditions[0]["value"], rule.is_active) == ("host", "pump", False)
