"""Series and answers in a real browser: both widths and themes, axe with nothing to say."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meetings import services
from meetings.recurrence import Freq, Rule
from meetings.services import counters
from meetings.services import series as verbs
from tests import factories
from tests.browser import axe
from tests.browser.test_look import THEMES, WIDTHS, sideways

DAY = timedelta(days=1)


@pytest.fixture
def series(rep, coordinator):
    now = timezone.now()
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    monday = timezone.localdate() + timedelta(days=21 - timezone.localdate().weekday())
    row = verbs.request(
        rule=Rule(Freq.WEEKLY, count=8), first_wall=f"{monday}T10:00", host=rep, minutes=45, by=coordinator, at=now,
        title="Pump review", account=account, attendees=[rep.pk, coordinator.pk], place="Meeting room 2",
        guests=[{"name": "Claire Ashworth", "email": "claire@northgate.example"}],
    )  # fmt: skip
    rows = list(row.meetings.order_by("series_at"))
    services.book(rows[1], starts_at=rows[1].starts_at + timedelta(hours=4), by=coordinator, at=now)
    services.cancel(rows[2], by=coordinator, at=now)
    services.take_reply(rows[3].attendees.get(role="guest"), reply="declined", by=None, at=now)
    guest = rows[1].attendees.get(role="guest")
    guest.late_reply = "accepted"
    guest.save()
    counters.propose(
        guest, starts_at=now + 5 * DAY, ends_at=None, stamp=now, note="My train is late on Mondays.", at=now
    )  # fmt: skip
    return row


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", THEMES)
@pytest.mark.slow  # the walk over all pages reads these too
def test_axe_finds_nothing_and_nothing_sticks_out(page_of, coordinator, series, width, dark):
    page = page_of(coordinator, width=width, dark=dark)
    rows = list(series.meetings.order_by("series_at"))
    for path in (
        "/meetings/series/", "/meetings/series/new/", f"/meetings/series/{series.pk}/",
        f"/meetings/series/{series.pk}/from/{rows[4].pk}/", f"/meetings/{rows[1].pk}/answers/",
        f"/meetings/{rows[1].pk}/", "/help/meetings/",
    ):  # fmt: skip
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert axe.violations(page) == [], path
        assert sideways(page) <= 0, path
    assert page.problems == []


def test_a_series_is_made_with_a_date_left_out(page_of, coordinator, series):
    page = page_of(coordinator)
    monday = series.first_wall[:10]
    page.goto("/meetings/series/new/")
    page.fill("#id_title", "Stock call")
    page.select_option("#id_attendees", label=coordinator.get_full_name())
    page.fill("#id_first_on", monday)
    page.fill("#id_first_at", "10:15")
    page.fill("#id_count", "9")
    page.click("text=Book the series")
    page.wait_for_selector("text=dates do not fit")
    assert axe.violations(page) == []
    page.click("text=Leave these out and book the others")
    page.wait_for_selector("h1:has-text('Stock call')")
    assert page.locator("text=Left out").count() >= 5
