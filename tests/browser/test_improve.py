"""Suggestions in a real browser: looked through, accepted into a page that is filled in."""

import os
from pathlib import Path

import pytest

from desk.models import CannedAnswer
from improve.models import Suggestion
from tests.browser.walk import seen
from tests.improve import kept
from tests.improve.conftest import suggestion  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def found(suggestion, manager, coordinator, now):  # noqa: F811
    return kept.make(suggestion, manager, coordinator, now)


def shoot(page, name):
    """Pictures of both looks, where LOOK_DIR says so."""
    folder = os.environ.get("LOOK_DIR")
    if folder:
        for width, scheme in ((1440, "light"), (390, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


@pytest.mark.slow  # the walk over all pages reads these too
def test_every_page_is_sound_by_day_and_by_night(found, manager, page_of):
    page = page_of(manager)
    wrong = []
    addresses = ["/improve/", *(f"/improve/?tab={tab}" for tab in ("accepted", "watched", "dismissed", "gone")),
                 *(f"/improve/{row.pk}/" for row in found), "/help/improve/"]  # fmt: skip
    for address in addresses:
        page.goto(address)
        shoot(page, address.strip("/").replace("/", "-").replace("?", "-"))
        wrong += [f"{address}: {line}" for line in seen(page)]
    assert wrong == []


def test_accepting_opens_the_change_and_the_person_saves_it(found, manager, page_of):
    page = page_of(manager)
    page.goto("/improve/")
    page.locator(".side .count", has_text="2").wait_for()
    page.get_by_role("link", name="Order: “PO number” is often missing").click()
    page.get_by_role("button", name="Accept and open the change").click()
    page.get_by_text("Nothing is saved yet").wait_for()
    shoot(page, "prefilled")
    assert page.get_by_label("Title").input_value() == "We have it"
    assert not CannedAnswer.objects.exists()
    page.get_by_label("Body").fill("We have it.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Canned answers").wait_for()
    assert CannedAnswer.objects.get().title == "We have it"
    assert Suggestion.objects.get(key="missing:1:po").state == "accepted"
    assert page.problems == []
