"""The visual language in a real browser: themes, widths, keys, and axe with nothing to say."""

import pytest

from people.models import Role
from tests import factories
from tests.browser import axe

WIDTHS = [1440, 390]
THEMES = [False, True]


@pytest.fixture
def designer(team):
    """Somebody who may see the gallery."""
    return factories.member(Role.COORDINATOR, team=team, is_staff=True)


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", THEMES)
class TestEveryBlock:
    def test_axe_finds_nothing_and_nothing_sticks_out(self, page_of, designer, width, dark):
        page = page_of(designer, width=width, dark=dark)
        for path in ("/_components/", "/help/start/", "/help/keys/", "/search/?q=que", "/profile/"):
            page.goto(path)
            assert axe.violations(page) == [], path
            assert sideways(page) <= 0, path
        assert page.problems == []

    def test_signing_in_is_as_sound(self, page_of, width, dark):
        page = page_of(width=width, dark=dark)
        for path in ("/sign-in/login/", "/sign-in/password/reset/"):
            page.goto(path)
            assert axe.violations(page) == [], path
            assert sideways(page) <= 0, path


class TestAxe:
    def test_the_helper_does_see_a_fault(self, page_of, designer):
        """Negative control: a button without a name is found."""
        page = page_of(designer)
        page.goto("/help/keys/")
        page.evaluate("document.querySelector('main').append(document.createElement('button'))")
        assert any(line.startswith("button-name") for line in axe.violations(page))


class TestSwitches:
    def test_a_theme_works_at_once_and_is_kept(self, page_of, designer):
        page = page_of(designer)
        page.goto("/help/start/")
        with page.expect_response("**/profile/appearance/") as answer:
            page.click("[data-toggle-theme]")
        assert page.get_attribute("html", "data-bs-theme") == "dark"
        assert answer.value.status == 204
        page.reload()
        assert page.get_attribute("html", "data-bs-theme") == "dark"

    def test_a_narrow_side_bar_is_kept(self, page_of, designer):
        page = page_of(designer)
        page.goto("/help/start/")
        with page.expect_response("**/profile/appearance/"):
            page.click("[data-toggle-nav]")
        page.reload()
        assert page.get_attribute("html", "data-nav") == "narrow"
        assert axe.violations(page) == []


class TestJump:
    def test_control_k_finds_a_page_and_enter_opens_it(self, page_of, designer):
        page = page_of(designer)
        page.goto("/help/start/")
        page.keyboard.press("Control+k")
        page.keyboard.type("accou")
        page.wait_for_selector("#jump-found a:has-text('Accounts')")
        assert axe.violations(page) == []
        page.keyboard.press("Enter")
        page.wait_for_url("**/accounts/")

    def test_escape_closes_it_and_gives_the_focus_back(self, page_of, designer):
        page = page_of(designer)
        page.goto("/help/start/")
        page.focus("[data-jump]")
        page.keyboard.press("Control+k")
        page.keyboard.type("x")
        page.keyboard.press("Escape")
        assert not page.evaluate("document.getElementById('jump').open")
        assert page.evaluate("'jump' in document.activeElement.dataset")


class TestForms:
    def test_a_second_press_sends_nothing(self, page_of, designer):
        page = page_of(designer)
        page.goto("/profile/")
        sent = []
        page.on("request", lambda call: sent.append(call.url) if call.method == "POST" else None)
        page.fill("#tokens [name=name]", "nightly export")
        page.evaluate(
            "() => { const b = document.querySelector('#tokens form.filters button');"
            " b.click(); b.click(); b.click(); }"
        )
        page.wait_for_load_state()
        page.wait_for_selector("text=Copy this token now")
        assert len(sent) == 1

    def test_what_cannot_be_undone_asks_first(self, page_of, designer):
        page = page_of(designer)
        page.goto("/_components/")
        page.click("[data-confirm]")
        assert page.is_visible("text=Cancel order SO-20397?")
        assert axe.violations(page) == []
        page.click("dialog[open] .btn:has-text('No, go back')")
        assert page.locator("dialog[open]").count() == 0
        assert page.url.endswith("/_components/")

    def test_fields_follow_their_choice(self, page_of, designer):
        page = page_of(designer)
        page.goto("/_components/")
        assert page.is_hidden("[data-show-when]")
        page.check("[name=delivery][value=split]")
        assert page.is_visible("[data-show-when]")


class TestWithoutScript:
    def test_menus_and_search_still_work(self, page_of, designer):
        page = page_of(designer)
        page.route("**/*.js", lambda route: route.abort())
        page.goto("/help/start/")
        page.click("details.drop summary")
        assert page.is_visible("text=Sign out")
        page.keyboard.press("Tab")
        page.goto("/help/start/")
        page.click("a.jump")
        page.wait_for_url("**/search/")
        page.fill("main [name=q]", "accou")
        page.press("main [name=q]", "Enter")
        page.wait_for_url("**/search/?q=accou")
        assert page.is_visible("main a:has-text('Accounts')")


class TestWeight:
    def test_a_first_load_stays_under_200_kb(self, page_of, designer):
        """Brotli, as whitenoise serves it after collectstatic; pages themselves count too."""
        import brotli

        page = page_of(designer)
        bodies = {}
        page.on("response", lambda answer: bodies.update({answer.url: answer.body()}))
        page.goto("/help/start/")
        page.wait_for_load_state("networkidle")
        packed = {
            url: len(body) if url.endswith(".woff2") else len(brotli.compress(body))
            for url, body in bodies.items()
        }
        assert any("tabler" in url for url in packed)
        assert sum(packed.values()) < 200_000, packed
