"""The meeting desk in a browser: find a time, book it, move it by dragging and by keys."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meetings import services
from meetings.models import Meeting
from tests.browser import axe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def monday():
    """The first working day of next week, so that all of its days lie ahead."""
    today = timezone.localdate()
    return today + timedelta(days=7 - today.weekday())


@pytest.fixture
def booked(rep, coordinator, monday):
    """A meeting on Tuesday of next week at ten on the portal's clock."""
    now = timezone.now()
    start = timezone.make_aware(
        timezone.datetime.combine(monday + timedelta(days=1), timezone.datetime.min.time())
    )
    meeting = services.request_meeting(
        title="Pump review", account=None, host=rep, attendees=[rep.pk, coordinator.pk],
        guests=[{"name": "Claire Ashworth", "email": "claire@northgate.example"}], minutes=45,
        window_from=now, window_until=now + timedelta(days=14), by=coordinator, at=now,
    )  # fmt: skip
    services.book(meeting, starts_at=start + timedelta(hours=10), by=coordinator, at=now)
    return meeting


def drag(page, thing, onto):
    """As a hand does it: in steps, so that the page sees the thing coming."""
    thing.hover()
    page.mouse.down()
    onto.hover()
    onto.hover()
    page.mouse.up()


def test_a_time_is_found_and_booked(page_of, coordinator, rep, booked):
    services.request_meeting(
        title="Contract talk", account=None, host=rep, attendees=[rep.pk], guests=[], minutes=30,
        window_from=timezone.now(), window_until=timezone.now() + timedelta(days=7),
        by=coordinator, at=timezone.now(),
    )  # fmt: skip
    page = page_of(coordinator)
    page.goto("/meetings/")
    page.get_by_role("link", name="Contract talk").first.click()
    assert axe.violations(page) == []
    page.get_by_role("button", name="Book ").first.click()
    page.get_by_text("Booked. Everybody gets the invitation.").wait_for()
    assert Meeting.objects.get(title="Contract talk").status == "booked"


def test_a_meeting_is_dragged_to_another_day_and_seen_before_it_moves(
    page_of, coordinator, booked, monday
):
    page = page_of(coordinator)
    page.goto(f"/meetings/week/?on={monday}")
    day = str(monday + timedelta(days=2))
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="Daniel Okafor"))
    drag(page, row.locator("li[data-meeting] .num"), row.locator(f'td[data-day="{day}"]'))
    sheet = page.get_by_role("dialog", name="Move a meeting")
    sheet.get_by_text("Suits everybody").wait_for()
    assert axe.violations(page) == []
    before = booked.starts_at
    booked.refresh_from_db()
    assert booked.starts_at == before  # nothing is moved before it was looked at
    sheet.get_by_label("Why?").fill("Daniel is on the road")
    sheet.get_by_role("button", name="Move it and tell everybody").click()
    page.get_by_text("Moved. Everybody gets the new invitation.").wait_for()
    booked.refresh_from_db()
    assert booked.starts_at == before + timedelta(days=1)
    assert booked.moves.get().reason == "Daniel is on the road"


def test_keys_do_what_dragging_does(page_of, coordinator, booked, monday):
    page = page_of(coordinator)
    page.goto(f"/meetings/week/?on={monday}")
    page.locator("li[data-meeting] a").first.focus()
    page.keyboard.press("m")
    sheet = page.get_by_role("dialog", name="Move a meeting")
    begins = sheet.get_by_label("Begins")
    begins.wait_for()
    begins.fill(f"{monday + timedelta(days=3)}T11:00")
    begins.press("Enter")
    sheet.get_by_text("Suits everybody").wait_for()
    page.keyboard.press("Escape")
    assert not sheet.is_visible()


def test_without_scripts_a_meeting_is_moved_by_links_and_forms(
    chromium, live_server, client_of, coordinator, booked, monday
):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    cookie = client_of(coordinator).cookies["portal_session"].value
    context.add_cookies([{"name": "portal_session", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"/meetings/{booked.pk}/move/?starts_at={monday + timedelta(days=2)}T14:00")
    page.get_by_role("button", name="Move it and tell everybody").click()
    assert "Moved. Everybody gets the new invitation." in page.content()
    context.close()
