"""Guests book, move and choose in a real browser: on a phone, with and without script, in a frame."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from comms.models import Delivery
from meetings import services
from meetings.models import Meeting, MeetingKind
from meetings.queries import choosing
from meetings.services import guest_links, pages, proposing
from tests.browser import axe

LOOKS = [(1440, False), (390, True)]


@pytest.fixture
def page(rep, coordinator, settings):
    settings.BOOKING_MIN_SECONDS = 0
    kind = MeetingKind.objects.create(name="Pump selection", minutes=30)
    asks = [
        {
            "label": "What is it for?",
            "kind": "choice",
            "required": True,
            "choices": ["Water", "Food"],
        }
    ]
    details = pages.PageDetails(
        title="Find the right pump", kind=kind, slug="find-a-pump", hosts={rep.pk: 1}, questions=asks,
        intro="Half an hour with somebody who knows pumps.",
    )  # fmt: skip
    return pages.keep_page(details, by=coordinator, at=timezone.now())


@pytest.fixture
def meeting(rep, coordinator):
    now = timezone.now()
    return services.request_meeting(
        title="Frame contract", account=None, host=rep, attendees=[coordinator.pk], minutes=45,
        guests=[{"name": "Claire Ashworth", "email": "claire@northgate.example", "zone": "Europe/London"}],
        window_from=now, window_until=now + timedelta(days=14), by=coordinator, at=now,
    )  # fmt: skip


def starts_of(meeting):
    now = timezone.now()
    found = choosing.offer(meeting, choosing.attendees_of(meeting), at=now).slots
    return sorted(s.starts_at for s in found if s.starts_at > now + timedelta(hours=6))[::2][:3]


def sound(page, name="", within=None):
    assert axe.violations(page, within=within) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    folder = os.environ.get("SHOTS")
    if folder and name:
        width = page.viewport_size["width"]
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def small_targets(page):
    """Links, buttons and controls of the main part that a thumb would miss."""
    return page.evaluate(
        """() => [...document.querySelectorAll("main a, main button, main select, main .form-control")]
            .filter((one) => one.offsetParent && one.tabIndex >= 0 && !one.closest("p, .facts, .book-chosen, .vh"))
            .map((one) => [one.textContent.trim().slice(0, 20), one.getBoundingClientRect()])
            .filter(([, box]) => box.height < 44).map(([text, box]) => text + " " + box.height)"""
    )


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.slow  # the walk over all pages reads these too
def test_the_pages_are_sound(page_of, coordinator, page, meeting, width, dark):
    desk = page_of(coordinator, width=width, dark=dark)
    for here in ("/meetings/pages/", "/meetings/pages/new/", f"/meetings/pages/{page.pk}/",
                 f"/meetings/pages/{page.pk}/edit/", "/meetings/pages/link/", "/meetings/kinds/",
                 "/meetings/kinds/new/", f"/meetings/{meeting.pk}/proposals/", "/help/booking/"):  # fmt: skip
        desk.goto(here)
        sound(desk, "desk" + here.replace("/", "-"))
    assert desk.problems == []


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_guest_books_moves_and_cancels(page_of, page, rep, width, dark):
    guest = page_of(width=width, dark=dark)
    guest.goto("/book/find-a-pump/?tz=Europe/London")
    sound(guest, "times")
    assert small_targets(guest) == []
    guest.locator(".hours a").first.click()
    sound(guest, "form")
    assert small_targets(guest) == []
    guest.get_by_role("button", name="Confirm the meeting").click()
    guest.get_by_text("Please fill this in.").first.wait_for()
    sound(guest, "form-wrong")
    guest.get_by_label("Your name").fill("Claire Ashworth")
    guest.get_by_label("Your mail address").fill("claire@northgate.example")
    guest.get_by_label("What is it for?").select_option("Water")
    guest.get_by_role("button", name="Confirm the meeting").click()
    guest.get_by_role("heading", name="Your meeting is booked").wait_for()
    sound(guest, "done")
    assert small_targets(guest) == []
    guest.get_by_role("link", name="Move or cancel").click()
    guest.get_by_role("heading", name="Can you come?").wait_for()
    sound(guest, "own")
    assert small_targets(guest) == []
    guest.get_by_role("link", name="Move to another time").click()
    sound(guest, "moving")
    guest.locator("label.hour").last.click()
    guest.get_by_label("Why does it move?").fill("A visit came up")
    guest.get_by_role("button", name="Move the meeting").click()
    guest.get_by_text("Your meeting is moved.").wait_for()
    assert Meeting.objects.get().reschedules == 1
    guest.get_by_text("Cancel the meeting", exact=True).click()
    guest.get_by_label("Why is it cancelled?").fill("Budget")
    guest.get_by_role("button", name="Cancel it and tell everybody").click()
    guest.get_by_text("Your meeting is cancelled.").wait_for()
    sound(guest, "cancelled")
    assert Meeting.objects.get().status == "cancelled"


def test_the_guests_own_clock_is_found(page_of, chromium, live_server, page):
    context = chromium.new_context(
        base_url=live_server.url, timezone_id="Asia/Tokyo", locale="de-DE"
    )
    guest = context.new_page()
    guest.goto("/book/find-a-pump/")
    guest.wait_for_url(re.compile("tz=Asia%2FTokyo"))
    guest.get_by_role("heading", name="Tag wählen").wait_for()
    assert guest.get_by_label("Ihre Zeitzone").input_value() == "Asia/Tokyo"
    guest.get_by_label("Ihre Zeitzone").select_option("Europe/Berlin")
    guest.wait_for_url(re.compile("tz=Europe%2FBerlin"))
    assert context.cookies() == []
    context.close()


def test_works_without_script(chromium, live_server, page):
    context = chromium.new_context(
        base_url=live_server.url, java_script_enabled=False, locale="en-GB",
        viewport={"width": 390, "height": 844},
    )  # fmt: skip
    guest = context.new_page()
    guest.goto("/book/find-a-pump/")
    guest.get_by_label("Your time zone").select_option("America/New_York")
    guest.get_by_role("button", name="Show times of this zone").click()
    guest.locator(".hours a").last.click()
    guest.get_by_label("Your name").fill("Claire Ashworth")
    guest.get_by_label("Your mail address").fill("claire@northgate.example")
    guest.get_by_label("What is it for?").select_option("Food")
    guest.get_by_role("button", name="Confirm the meeting").click()
    guest.get_by_role("heading", name="Your meeting is booked").wait_for()
    guest.get_by_text("America/New York").wait_for()
    context.close()
    assert Meeting.objects.get().status == "booked"


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_offered_times_are_chosen_with_one_click(page_of, coordinator, meeting, width, dark):
    proposing.propose(
        meeting, starts=starts_of(meeting), by=coordinator, at=timezone.now(), note="Which?"
    )
    mail = Delivery.objects.get(key__startswith="proposal:")
    guest = page_of(width=width, dark=dark)
    guest.goto(re.search(r"/book/choose/[\w-]+/", mail.body)[0])
    sound(guest, "choose")
    guest.get_by_text("None of these suits").click()
    sound(guest, "none")
    assert small_targets(guest) == []
    guest.locator(".offer").nth(1).click()
    guest.get_by_role("heading", name="This time is chosen").wait_for()
    sound(guest, "chosen")
    assert guest.problems == []
    meeting.refresh_from_db()
    assert meeting.status == "booked"


def test_the_desk_offers_times_on_the_meetings_page(page_of, coordinator, meeting):
    desk = page_of(coordinator)
    desk.goto(f"/meetings/{meeting.pk}/")
    boxes = desk.locator(".offers-slot input[type=checkbox]")
    boxes.first.wait_for()
    for n in range(2):
        boxes.nth(n * 3).check()
    desk.get_by_role("button", name="Offer these to the guest").click()
    desk.get_by_text("Waiting for the guest").wait_for()
    sound(desk, "slot", within=".offers-slot")
    assert desk.problems == []


def test_opening_a_link_from_a_mail_changes_nothing(page_of, coordinator, meeting):
    services.book(meeting, starts_at=starts_of(meeting)[0], by=coordinator, at=timezone.now())
    attendee = meeting.attendees.select_related("meeting").get(role="guest")
    path = guest_links.address(attendee, at=timezone.now()).partition("/book/")[2]
    page_of().goto(f"/book/{path}")
    meeting.refresh_from_db()
    assert meeting.status == "booked"
    assert meeting.attendees.get(role="guest").reply == "none"
