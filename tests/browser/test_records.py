"""Lists and boards of records as a person sees them: changed in place, dragged, asked for more."""

import os

import pytest
from django.utils import timezone

from coordinator.demo import records
from crm.models import Account, Deal, Stage
from tests import factories
from tests.browser.axe import violations
from tests.crm import small_company

pytestmark = pytest.mark.django_db(transaction=True)
LOOK = os.environ.get("LOOK_AT")  # a folder for pictures of every page


@pytest.fixture
def now():
    """The browser reads the real clock."""
    return timezone.now()


@pytest.fixture
def desk(now, team):
    year = small_company.year(now, team)
    small_company.business(year)
    records.set_up(year)
    return year.company


PAGES = ("/accounts/", "/contacts/", "/leads/", "/deals/", "/activities/", "/activities/new/",
         "/deals/?layout=board", "/leads/?layout=board", "/deals/new/",
         "/records/bulk/", "/records/settings/", "/records/settings/custom-fields/",
         "/records/settings/custom-fields/new/", "/accounts/new/", "/help/lists/")  # fmt: skip


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
@pytest.mark.slow  # the walk over all pages reads these too
def test_every_page_is_sound(page_of, desk, width, dark):
    page = page_of(desk.manager, width=width, dark=dark)
    found = {}
    stage = Stage.objects.order_by("position").first()
    for n, address in enumerate((*PAGES, f"/records/settings/pipeline/{stage.pipeline_id}/",
                                 f"/records/settings/stages/{stage.pk}/")):  # fmt: skip
        page.goto(address)
        found[address] = violations(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[address].append("something sticks out")
        if LOOK:
            page.screenshot(path=f"{LOOK}/{n:02}-{width}.png", full_page=True)
    assert {address: told for address, told in found.items() if told} == {}
    assert page.problems == []


def test_a_cell_is_changed_where_it_stands_and_esc_leaves_it(page_of, desk):
    page = page_of(desk.manager)
    page.goto("/accounts/?q=Kestrel Offshore 0")
    account = Account.objects.get(name="Kestrel Offshore 0")
    row = page.locator(f"#account-{account.pk}")
    row.locator("a.cell").first.click()
    page.locator(".cell-form").wait_for()
    page.keyboard.press("Escape")
    row.locator("a.cell", has_text="Breda").click()
    page.locator(".cell-form input[name=value]").fill("Utrecht")
    page.keyboard.press("Enter")
    row.locator("a.cell", has_text="Utrecht").wait_for()
    account.refresh_from_db()
    assert account.city == "Utrecht"
    page.keyboard.press("Escape")
    page.locator("main").click(position={"x": 5, "y": 5})
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.locator(".cell-form").wait_for()
    assert violations(page) == []
    assert page.problems == []


def test_a_card_is_dragged_and_what_is_missing_is_asked_in_place(page_of, desk, now):
    rep = desk.reps[0]
    Deal.objects.all().delete()
    deal = factories.deal(by=rep, at=now, owner=rep, name="Pumps for the mill")
    page = page_of(desk.manager)
    page.goto("/deals/?layout=board")
    lane = lambda name: page.locator(f'.lane[aria-label="{name}"]')  # noqa: E731
    page.locator(f"#deal-{deal.pk}").drag_to(lane("Qualified"))
    lane("Qualified").locator(f"#deal-{deal.pk}").wait_for()
    page.locator(f"#move-{deal.pk}").click()
    page.get_by_role("button", name="Lost", exact=True).click()
    dialog = page.locator("#move-dialog")
    dialog.wait_for()
    assert violations(page, within="#move-dialog") == []
    dialog.get_by_role("button", name="Move it").click()
    dialog.locator(".error").first.wait_for()
    dialog.locator("select[name=lost_reason]").select_option(index=1)
    if LOOK:
        page.screenshot(path=f"{LOOK}/dialog.png")
    dialog.get_by_role("button", name="Move it").click()
    lane("Lost").locator(f"#deal-{deal.pk}").wait_for()
    assert not dialog.is_visible()
    deal.refresh_from_db()
    assert deal.status == "lost"
    assert [line for line in page.problems if "422" not in line] == []


def test_many_are_changed_from_the_bar_and_taken_back_from_the_message(page_of, desk):
    page = page_of(desk.manager)
    page.goto("/accounts/")
    for box in page.locator("input[name=pick]").all()[:3]:
        box.check()
    page.locator("#bulk-field").select_option("industry")
    page.get_by_role("button", name="Go on").click()
    page.locator("input[name=value]").fill("Marine")
    page.get_by_role("button", name="See what would change").click()
    if LOOK:
        page.screenshot(path=f"{LOOK}/bulk.png")
    assert violations(page) == []
    page.get_by_role("button", name="Change 3").click()
    page.get_by_text("3 changed.").wait_for()
    if LOOK:
        page.screenshot(path=f"{LOOK}/toast.png")
    assert Account.objects.filter(industry="Marine").count() == 3
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("say again what they said").wait_for()
    assert Account.objects.filter(industry="Marine").count() == 0
