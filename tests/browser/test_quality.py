"""Quality in a real browser: a gap closed in its row, a warning while typing, no findings of axe."""

import pytest

from crm.models import Account, DuplicatePair, ValidationRule
from crm.services import duplicates, scores
from tests import factories
from tests.browser import axe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def records(rep, now):
    rows = [
        factories.AccountFactory(name=name, owner=rep)
        for name in ("Kestrel Offshore", "Umbria Foods")
    ]
    for name in ("Alfreds Futterkiste GmbH", "ALFREDS FUTTERKISTE"):
        factories.AccountFactory(
            name=name,
            phone="030 0074321",
            city="Berlin",
            street="Obere Str. 57",
            postcode="12209",
            country="Germany",
        )
    scores.refresh_all(at=now)
    duplicates.ask_scan("account", by=None, at=now)
    duplicates.run_next_scan(at=now)
    return rows


def test_a_gap_is_closed_in_its_row(records, coordinator, page_of):
    page = page_of(coordinator)
    page.goto("/records/quality/")
    row = page.locator("tr", has_text="Umbria Foods")
    row.get_by_text("No industry").click()
    row.get_by_label("Industry").fill("Food")
    row.get_by_role("button", name="Save").click()
    row.get_by_text("Saved.").wait_for()
    assert Account.objects.get(name="Umbria Foods").industry == "Food"
    assert page.problems == []


def test_a_rule_that_warns_is_said_beside_the_gap_that_was_closed(records, coordinator, page_of):
    ValidationRule.objects.create(
        kind="account", field="industry", condition="one_of", args={"values": ["Oil"]},
        message="Reports know no other.", severity="warn",
    )  # fmt: skip
    page = page_of(coordinator)
    page.goto("/records/quality/")
    row = page.locator("tr", has_text="Umbria Foods")
    row.get_by_text("No industry").click()
    row.get_by_label("Industry").fill("Food")
    row.get_by_role("button", name="Save").click()
    page.locator("#toasts .c-warn", has_text="Industry: Reports know no other.").wait_for()
    assert Account.objects.get(name="Umbria Foods").industry == "Food"
    assert page.problems == []


def test_typing_a_customer_that_is_there_warns_before_saving(records, coordinator, page_of):
    page = page_of(coordinator)
    page.goto("/accounts/new/")
    page.fill("#id_name", "Alfreds Futterkiste")
    page.fill("#id_phone", "030-0074321")
    page.keyboard.press("Tab")
    page.get_by_text("This looks like what is there already").wait_for()
    assert page.problems == []


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
@pytest.mark.slow  # the walk over all pages reads these too
def test_pages_fit_and_axe_finds_nothing(records, manager, page_of, width, dark):
    page = page_of(manager, width=width, dark=dark)
    pair = DuplicatePair.objects.get()
    for path in (
        "quality/",
        f"quality/account/{records[0].pk}/",
        "duplicates/",
        f"duplicates/{pair.pk}/",
        "rules/new/",
        "stale/",
        "merges/",
    ):
        page.goto(f"/records/{path}")
        assert axe.violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert page.problems == []
