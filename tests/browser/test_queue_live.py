"""The queue as a person sees it: times go on by themselves, a claim answers in its own row."""

from datetime import timedelta

import pytest
from django.utils import timezone

from desk import services
from desk.models import SalesRequest
from people.models import Role
from tests import factories
from tests.desk import conftest as desk

kinds, asked = desk.kinds, desk.asked  # the fixtures of the desk's tests
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now():
    """The browser reads the real clock."""
    return timezone.now()


def boxes(page):
    """Where every cell of the list stands."""
    return page.eval_on_selector_all(
        "#rows td, #rows th",
        "cells => cells.map((c) => { const b = c.getBoundingClientRect();"
        " return [b.left, b.top, b.width, b.height].map(Math.round); })",
    )


@pytest.mark.parametrize("width", [1440, 390])
def test_due_times_go_on_while_nothing_changes_and_nothing_moves(
    page_of, asked, coordinator, width, now
):
    for minutes in (1.5, 31, 65, 14 * 60 + 1):  # soon late, soon amber, shorter words, and far away
        due_at = now + timedelta(minutes=minutes)
        SalesRequest.objects.filter(pk=asked().pk).update(due_at=due_at)
    page = page_of(coordinator, width=width)
    page.clock.install()
    page.goto("/queue/")
    told = page.locator("#rows [data-due] .sla")
    before, places = told.all_text_contents(), boxes(page)
    asks = []
    page.route("**/queue/changes/**", lambda route: (asks.append(1), route.fulfill(status=304)))
    page.clock.run_for(3 * 60 * 1000)
    after = told.all_text_contents()
    assert [one != other for one, other in zip(before, after, strict=True)] == [True] * 4
    assert after[0].startswith("Late")
    assert boxes(page) == places
    assert len(asks) <= 37  # the poll of every five seconds and no more
    assert page.problems == []


def test_a_claim_answers_in_its_own_row(page_of, asked, coordinator, team, now):
    mine, taken = asked(), asked()
    page = page_of(coordinator)
    page.goto("/queue/")
    services.claim(
        taken, by=factories.member(Role.COORDINATOR, team=team, name="Ines Faster"), at=now
    )
    page.get_by_role("button", name=f"Claim {mine.ref}").click()
    row = page.locator(f"#request-{mine.pk}")
    row.get_by_text("Marta Lindqvist").wait_for()
    page.get_by_role("button", name=f"Claim {taken.ref}").click()
    row = page.locator(f"#request-{taken.pk}")
    row.get_by_role("alert").wait_for()
    assert f"Ines Faster has {taken.ref} already." in row.inner_text()
    assert page.url.endswith("/queue/")


def test_c_claims_the_row_under_the_cursor_and_the_cursor_stays(page_of, asked, coordinator):
    first, second = asked(), asked()
    page = page_of(coordinator)
    page.goto("/queue/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.locator(f"#request-{second.pk}").get_by_text("Marta Lindqvist").wait_for()
    page.locator(f"#request-{second.pk}.is-cursor").wait_for()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("new", "claimed")
