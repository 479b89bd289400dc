"""The inbox by keyboard and live: what moves by itself takes nobody's place."""

import pytest

from notices import services
from notices.models import Bundle, Notice
from tests.browser import axe


@pytest.fixture
def told(transactional_db, role_groups, rep, now):
    for n in range(3):
        services.tell(
            rep,
            kind="mentioned",
            key=str(n),
            subject=f"Line {n}",
            body="Look",
            at=now,
            link="/tasks/",
        )
    return rep


def test_j_and_k_move_e_marks_enter_opens(told, page_of):
    page = page_of(told)
    page.goto("/inbox/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent").strip().startswith("Unread: Line 1")
    with page.expect_response(lambda answer: answer.url.endswith("/mark/")):
        page.keyboard.press("e")
    page.wait_for_selector("tr.is-cursor:not(.unread)")
    assert Notice.objects.get(key="1").read_at is not None
    with page.expect_response(lambda answer: answer.url.endswith("/mark/")):
        page.keyboard.press("e")
    page.wait_for_selector("tr.is-cursor.unread")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/")
    assert Notice.objects.get(key="2").read_at is not None
    assert page.problems == []


def test_a_new_row_takes_nobodys_focus(told, page_of, now):
    page = page_of(told)
    page.goto("/inbox/")
    page.keyboard.press("j")
    before = page.evaluate("document.activeElement.closest('tr').id")
    services.tell(told, kind="mentioned", key="new", subject="New line", body="", at=now)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("text=New line")
    assert page.evaluate("document.activeElement.closest('tr').id") == before
    assert Bundle.objects.filter(kind="").count() == 4
    assert axe.violations(page) == []
