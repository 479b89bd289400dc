"""The process map in a browser: figures beside it, zoom, keyboard, slider; axe finds nothing."""

import os
import random
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from process.models import Activity, ModelPath
from process.services import store
from tests import factories
from tests.browser import axe

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 9, 7, 7, tzinfo=UTC)
PEOPLE = ("Marta Lindqvist", "Daniel Okafor", "Yusuf Demir", "Helen Carr", "Ines Prado")
SHOTS = os.environ.get("SHOTS", "")
STEPS = (
    ("Request submitted", "desk"), ("Request claimed", "desk"), ("Sent back to the rep", "rep"),
    ("Rep answered", "desk"), ("Logistics asked", "logistics"), ("Logistics accepted", "desk"),
    ("Waiting for the customer", "customer"), ("Request resolved", ""), ("Request reopened", "desk"),
)  # fmt: skip


def cases(many=160):
    chance = random.Random(5)
    for n in range(many):
        at, place, events = START + timedelta(hours=chance.random() * 1200), 0, []
        while place < len(STEPS) - 1 and len(events) < 14:
            name, party = STEPS[place]
            events.append(store.Event(name, at, chance.choice(PEOPLE), party))
            at += timedelta(hours=chance.lognormvariate(1.2, 1.3))
            place = max(0, place + chance.choices((1, 2, 3, -1), (60, 22, 12, 6))[0])
        events.append(store.Event("Request resolved", at, chance.choice(PEOPLE), ""))
        if chance.random() < 0.1:
            events.append(
                store.Event("Request reopened", at + timedelta(hours=30), PEOPLE[1], "desk")
            )
        yield store.CaseEvents(f"R-{4800 + n}", events)


@pytest.fixture
def log(role_groups, now):
    calendar = factories.CalendarFactory()
    log = store.make_log(name="Helpdesk 2026", by=None, at=now, calendar=calendar)
    store.fill(log, cases(), by=None, at=now)
    return log


class TestMap:
    def test_shows_figures_beside_it_without_moving_it(self, page_of, coordinator, log):
        page = page_of(coordinator)
        page.goto(f"/process/{log.pk}/")
        page.locator(".pm-node", has_text="Request claimed").click()
        expect(page.locator("#figures h2")).to_have_text("Request claimed")
        assert "show=" in page.url
        line = page.locator("a.pm-edge").nth(3)
        line.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#figures h2")).to_contain_text(
            line.locator("title").text_content().split(" to ")[0]
        )
        page.locator("#figures a.btn").click()
        expect(page.locator("table.rows tbody tr").first).to_be_visible()
        assert page.problems == []

    def test_changes_its_size_by_button_and_key(self, page_of, coordinator, log):
        page = page_of(coordinator)
        page.goto(f"/process/{log.pk}/")
        svg = page.locator("svg.pmap")
        before = float(svg.get_attribute("width"))
        page.get_by_role("button", name="Larger").click()
        larger = float(svg.get_attribute("width"))
        assert larger > before
        page.locator(".pm-scroll").focus()
        page.keyboard.press("-")
        page.keyboard.press("-")
        assert float(svg.get_attribute("width")) < larger
        page.get_by_role("button", name="Fit").click()
        assert page.problems == []

    def test_the_slider_leaves_rare_ways_out(self, page_of, coordinator, log):
        page = page_of(coordinator)
        page.goto(f"/process/{log.pk}/?least=1")
        many = page.locator(".pm-edge").count()
        slider = page.locator("#id_least")
        slider.focus()
        with page.expect_navigation():
            page.keyboard.press("End")
        assert "least=" in page.url
        assert page.locator(".pm-edge").count() < many

    @pytest.mark.parametrize("width", [390, 1440])
    @pytest.mark.parametrize("dark", [False, True])
    @pytest.mark.slow  # the walk over all pages reads these too
    def test_every_tab_passes_axe_and_nothing_sticks_out(
        self, page_of, manager, log, now, width, dark
    ):
        names = dict(Activity.objects.values_list("name", "pk"))
        ModelPath.objects.create(
            log=log,
            name="As it should be",
            activities=[names[s] for s, _ in STEPS[:2]],
            made_at=now,
        )
        page = page_of(manager, width=width, dark=dark)
        case = log.case_rows.first()
        for path in ("", f"{log.pk}/", f"{log.pk}/?show={names['Rep answered']}", f"{log.pk}/variants/",
                     f"{log.pk}/rework/", f"{log.pk}/hand-overs/", f"{log.pk}/waiting/",
                     f"{log.pk}/conformance/", f"{log.pk}/cases/?rework=1", f"{log.pk}/cases/{case.pk}/",
                     f"{log.pk}/paths/new/"):  # fmt: skip
            page.goto(f"/process/{path}")
            assert axe.violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            if SHOTS:
                page.screenshot(
                    path=f"{SHOTS}/{path.replace('/', '_').replace('?', '_')}-{width}-{dark}.png",
                    full_page=True,
                )
        assert page.problems == []
