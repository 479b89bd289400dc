"""A file brought in, looked at and undone, and records taken out, in a real browser."""

import os
import random
from pathlib import Path

import pytest

from coordinator.demo import exchange
from coordinator.demo.stage import Year
from crm.models import Account
from imports import services
from imports.models import ImportRun
from tests import factories
from tests.browser import axe

LOOKS = [(1440, False), (390, True)]
SHOTS = os.environ.get("SHOTS")  # a folder: keeps what was seen


@pytest.fixture
def brought(db, team, coordinator, rep, now, settings, tmp_path):
    """The files of the demo, over a small company."""
    settings.UPLOAD_DIR = tmp_path

    class Company:
        desk, reps, coordinators = team, [rep], [coordinator]

    accounts = [
        factories.AccountFactory(name=name, city="Delft")
        for name in [f"{one} {two}" for one in ("Northgate", "Halden", "Oakfield", "Lakeside", "Harbour", "Stonebridge")
                     for two in ("Water", "Foods", "Marine", "Paper", "Chemicals")]
    ]  # fmt: skip
    exchange.set_up(Year(random.Random(1), Company, accounts, [], {}, now))
    return {run.kind: run for run in ImportRun.objects.all()}


def sound(page, name):
    if SHOTS:
        page.screenshot(
            path=Path(SHOTS) / f"{name}-{page.viewport_size['width']}.png", full_page=True
        )
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.slow  # the walk over all pages reads these too
def test_the_pages_are_sound(page_of, coordinator, brought, now, width, dark):
    page = page_of(coordinator, width=width, dark=dark)
    tried, undone, leads, deals = (
        brought[kind] for kind in ("accounts", "contacts", "leads", "deals")
    )
    fresh = services.again(deals, by=coordinator, at=now)
    for name, here in (
        ("tried", f"/imports/{tried.pk}/"), ("conflicts", f"/imports/{tried.pk}/conflicts/"),
        ("undone", f"/imports/{undone.pk}/"), ("leads", f"/imports/{leads.pk}/"),
        ("map", f"/imports/{fresh.pk}/"), ("none", f"/imports/{leads.pk}/conflicts/"),
        ("exports", "/accounts/export/"), ("accounts", "/accounts/"), ("help", "/help/imports/"),
        ("runs", "/imports/"),
    ):  # fmt: skip
        page.goto(here)
        sound(page, name)
    assert page.problems == []


def test_a_try_is_settled_and_the_import_undone(page_of, coordinator, brought, now):
    page = page_of(coordinator)
    page.goto(f"/imports/{brought['accounts'].pk}/")
    page.get_by_label("Where the file says something else than we have").select_option("fill")
    page.get_by_role("button", name="Import now").click()
    page.wait_for_url("**/imports/*/")
    services.run_next(at=now)
    page.get_by_role("button", name="Undo the whole import").wait_for()
    assert Account.objects.filter(city="Delft").count() == 30
    assert Account.objects.exclude(tax_number="").count() == 30
    page.get_by_role("button", name="Undo the whole import").click()
    page.get_by_role("heading", name="Being undone").wait_for()
    services.undo_next(at=now)
    page.get_by_role("heading", name="Undone", exact=True).wait_for()
    assert Account.objects.exclude(tax_number="").count() == 0
    assert page.problems == []
