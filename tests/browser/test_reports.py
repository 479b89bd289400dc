"""Reports in a browser: built by hand, looked at, dragged, on a phone and in the dark."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from desk.models import CustodySpan, RequestType, SalesRequest, SlaPolicy
from journal import services as journal
from kpis import services as kpis
from reports import services
from reports.models import Report
from tests.browser import axe

pytestmark = pytest.mark.django_db(transaction=True)
LOOK = os.environ.get("LOOK")  # a folder for pictures


@pytest.fixture
def weekly(team, rep, coordinator):
    """The weekly review over a quarter of requests."""
    now = timezone.now()
    policy = SlaPolicy.objects.create(name="Standard")
    kinds = [
        RequestType.objects.create(slug=slug, name=slug.capitalize(), policy=policy, team=team)
        for slug in ("quote", "order", "question")
    ]
    for day in range(1, 90):
        at = (now - timedelta(days=day)).replace(hour=8, minute=0)
        end = at + timedelta(hours=2 + day % 5)
        row = SalesRequest.objects.create(
            type=kinds[day % 3], team=team, subject=f"Pump {day} for the new hall", requester=rep, holder=coordinator,
            status="done", outcome="resolved", party_since=at, submitted_at=at, resolved_at=end,
            first_response_at=at + timedelta(minutes=40), first_resolved_at=end, closed_at=end,
        )  # fmt: skip
        half = at + (end - at) / 2
        CustodySpan.objects.create(request=row, party="desk", started_at=at, ended_at=half)
        CustodySpan.objects.create(request=row, party="logistics", started_at=half, ended_at=end)
        journal.record("desk.request.resolved", row, by=coordinator, at=end, data={"met": True})
    kpis.roll_up(at=now)
    kpis.rebuild(at=now)
    services.ship(at=now, zone="Europe/Amsterdam")
    return Report.objects.get(shipped="weekly-review")


def look(page, name):
    if LOOK:
        page.screenshot(path=str(Path(LOOK) / f"{name}.png"), full_page=True)


def test_a_report_is_built_dragged_tested_and_read(weekly, manager, page_of):
    page = page_of(manager, height=1800)
    page.goto(f"/reports/{weekly.pk}/build/")
    page.wait_for_selector(".rep-build figure, .rep-build .kpi-tile")
    first = page.locator("[data-block]").first
    name = first.locator("header h2").inner_text()
    look(page, "build")
    page.get_by_role("link", name="Distribution", exact=True).click()
    page.wait_for_selector("#preview .bars, #preview p")
    page.get_by_label("Of", exact=True).select_option("gross")
    page.wait_for_selector("#preview h2:has-text('Gross')")
    look(page, "block")
    page.get_by_role("button", name="Add to the report").click()
    assert page.locator("[data-block]").count() == 9
    last = page.locator("[data-block]").last
    last.scroll_into_view_if_needed()
    page.get_by_role("button", name="Move Distribution up").click()
    page.wait_for_load_state()
    second = page.locator("[data-block]").nth(1)
    second.scroll_into_view_if_needed()
    page.locator("[data-block]").first.locator(".sec").wait_for()
    second.locator(".sec").wait_for()
    with page.expect_response(lambda answer: "/order/" in answer.url) as kept:
        low = second.bounding_box()["height"] - 12
        grip = page.locator("[data-block]").first.locator(".grip")
        grip.drag_to(second, target_position={"x": 60, "y": low})
    assert kept.value.status == 204
    page.reload()
    assert page.locator("[data-block]").nth(1).locator("header h2").inner_text() == name
    page.get_by_role("link", name="See it whole").click()
    look(page, "report")
    assert axe.violations(page) == []
    page.get_by_role("button", name="Test to me").click()
    page.wait_for_selector("text=As it was said")
    look(page, "edition")
    assert axe.violations(page) == []
    assert page.problems == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.slow  # the walk over all pages reads these too
def test_every_page_is_whole_on_a_phone(weekly, manager, page_of, dark):
    services.send_test(weekly, by=manager, at=timezone.now())
    page = page_of(manager, width=390, height=844, dark=dark)
    edition = weekly.editions.get()
    for path in ("", f"{weekly.pk}/", f"{weekly.pk}/build/", f"{weekly.pk}/schedules/new/", f"{weekly.pk}/blocks/add/?part=kpis.headlines",
                 f"editions/{edition.pk}/", f"editions/{edition.pk}/restated/", f"editions/{edition.pk}/send/"):  # fmt: skip
        page.goto(f"/reports/{path}")
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, path
        assert axe.violations(page) == []
        look(
            page, f"phone-{'dark' if dark else 'light'}-{path.replace('/', '_').partition('?')[0]}"
        )
    assert page.problems == []
