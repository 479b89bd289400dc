"""The box of Ctrl-K by keyboard, at both widths, light and dark: axe finds nothing."""

import pytest

from desk import services
from desk.defaults import ensure_types
from tests import factories
from tests.browser import axe

LOOKS = [(1440, False), (390, True)]


@pytest.fixture
def requests(transactional_db, role_groups, team, rep, now):
    kinds = ensure_types(team)
    account = factories.AccountFactory(name="Northgate Water")
    return [
        services.submit(
            kinds["question"], subject=f"Which seal fits pump {n}?", account=account, requester=rep,
            data={"question": "Which?"}, priority=3, wanted_on=None, by=rep, at=now,
        )
        for n in range(7)
    ]  # fmt: skip


def opened(page, text=""):
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search or jump to")
    if text:
        box.fill(text)
    return box


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_box_is_sound_empty_full_and_without_a_hit(
    requests, coordinator, page_of, width, dark, tmp_path
):
    page = page_of(coordinator, width=width, height=800, dark=dark)
    page.goto(f"/requests/{requests[0].pk}/")
    wrong = {}
    for text, seen in (("", "Take next"), ("seal", "More requests"), ("is:", "is:unclaimed"),
                       ("zzzz", "Nothing fits"), ("foo:bar", "no operator foo:")):  # fmt: skip
        opened(page, text)
        page.locator("#jump-results").get_by_text(seen).first.wait_for()
        found = axe.violations(page, within="#jump")
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        inner = page.evaluate(
            "(() => { const f = document.getElementById('jump-found'); return f.scrollWidth - f.clientWidth })()"
        )
        if found or over > 0 or inner > 0 or page.problems:
            wrong[text] = (found, over, inner, page.problems)
        page.screenshot(path=f"{tmp_path}/jump-{width}-{dark}-{text.strip(':') or 'empty'}.png")
        page.keyboard.press("Escape")
    assert wrong == {}, wrong


class TestByKeyboard:
    def test_a_number_typed_and_entered_opens_the_record(self, requests, coordinator, page_of):
        page = page_of(coordinator)
        page.goto("/queue/")
        opened(page, requests[3].ref)
        page.get_by_role("option", name=f"{requests[3].ref} ").first.wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/requests/{requests[3].pk}/")

    def test_a_request_is_claimed_from_the_box(self, requests, coordinator, page_of):
        page = page_of(coordinator)
        page.goto("/queue/")
        opened(page, requests[2].ref)
        claim = page.get_by_role("option", name=f"Claim {requests[2].ref}")
        claim.wait_for()
        page.keyboard.press("ArrowDown")
        assert claim.get_attribute("aria-selected") == "true"
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/requests/{requests[2].pk}/")
        requests[2].refresh_from_db()
        assert requests[2].holder == coordinator

    def test_tab_takes_the_marked_completion(self, requests, coordinator, page_of):
        page = page_of(coordinator)
        page.goto("/queue/")
        box = opened(page, "is:unc")
        page.get_by_role("option", name="is:unclaimed").wait_for()
        page.keyboard.press("Tab")
        page.get_by_role("option", name=requests[-1].ref).wait_for()
        assert box.input_value() == "is:unclaimed "

    def test_the_theme_is_switched_without_leaving(self, requests, coordinator, page_of):
        page = page_of(coordinator)
        page.goto("/queue/")
        opened(page, "theme")
        page.keyboard.press("Enter")
        page.locator("html[data-bs-theme=dark]").wait_for(state="attached")
        assert page.url.endswith("/queue/")

    def test_an_early_enter_waits_for_what_was_typed(self, requests, coordinator, page_of):
        """The list before it offers Take next, which must not be what Enter does."""
        page = page_of(coordinator)
        page.goto("/queue/")
        opened(page)
        page.get_by_role("option", name="Take next").wait_for()
        assert page.locator("#jump-found [aria-selected=true]").count() == 0
        page.keyboard.type(requests[4].ref)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/requests/{requests[4].pk}/")
        requests[0].refresh_from_db()
        assert requests[0].holder is None

    def test_opened_records_are_offered_until_signing_out(self, requests, coordinator, page_of):
        page = page_of(coordinator)
        for row in requests[:2]:
            page.goto(f"/requests/{row.pk}/")
        opened(page)
        page.get_by_role("group", name="Recent").wait_for()
        recent = page.get_by_role("group", name="Recent").get_by_role("option")
        assert requests[1].ref in recent.first.inner_text()
        assert recent.count() == 2
        page.keyboard.press("Escape")
        page.locator("summary[title=You]").click()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in/**")
        kept = page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('opened-'))")
        assert kept == []
