"""The library in a real browser: it looks right on a desk and on a phone, and a guest's time is counted."""

import io
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from comms.models import MessageTemplate, WordsTaken
from desk.models import CannedAnswer
from library import services
from library.models import PageView
from people.models import Role
from tests import factories
from tests.browser import axe
from tests.library.conftest import docx, path_of, pdf

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("SHOTS", "")  # a folder for pictures of the pages, for people to look at
LOOKS = ((1440, 900, False), (390, 844, True))


@pytest.fixture
def stage(role_groups):
    team = factories.TeamFactory(name="Rotterdam desk")
    desk = factories.member(
        Role.COORDINATOR, email="desk@example.com", name="Marta Lindqvist", team=team
    )
    now = timezone.now()
    account = factories.AccountFactory(name="Northgate Water", owner=desk, industry="Water")
    contact = factories.ContactFactory(account=account)
    tags = {
        "industry": ["Water"],
        "stage": ["Proposal"],
        "product": ["VM-0012"],
        "language": ["English"],
    }
    rows = [
        services.add(
            title=title, kind=kind, owner=desk, file=io.BytesIO(content), name=name, by=desk, at=now, tags=tags,
            description="For towns that renew their water works, when the price is asked for first.", expires_on=until,
        )
        for title, kind, content, name, until in (
            ("Pumps for water works", "deck", pdf("Clean water for towns", "What it costs", "Who uses it"), "deck.pdf", None),
            ("Terms of delivery 2026", "contract", docx("Delivery", "We deliver ex works."), "terms.docx", now.date() + timedelta(days=9)),
            ("Price sheet, vertical pumps", "prices", pdf("VM-0012"), "prices.pdf", now.date() - timedelta(days=3)),
        )
    ]  # fmt: skip
    while services.read_next(at=now):
        pass
    for row in rows:
        row.refresh_from_db()
    shared = services.share(
        rows[:2], rules=services.Rules(now + timedelta(days=30)), contact=contact, title="All you need for the works",
        words="As we said on the phone.", by=desk, at=now,
    )  # fmt: skip
    template = MessageTemplate.objects.create(
        title="On its way", body="Dear {{contact}},\n\nit left today.", owner=desk
    )
    return desk, account, rows, shared, template, answer_of(desk, now)


def answer_of(owner, now):
    """A canned answer that was said otherwise twice, and is to be looked through."""
    kept = {"owner": owner, "review_on": now.date() - timedelta(days=4), "version": 3}
    answer = CannedAnswer.objects.create(
        title="We have it", **kept,
        body="Good morning {{rep}},\n\nwe have {{ref}} and are at it. You hear from us by {{due}} at the latest.\n\n{{me}}",
    )  # fmt: skip
    for version, days, words in (
        (1, 80, "Hello {{rep}},\n\nwe have it."),
        (2, 12, "Hello {{rep}},\n\nwe have {{ref}} and look into it. You hear from us by {{due}}.\n\nKind regards\n{{me}}"),
    ):  # fmt: skip
        answer.past.create(
            version=version, title="Got it", body=words, by=owner, until=now - timedelta(days=days)
        )
    return answer


def look(page, name):
    page.wait_for_load_state("networkidle")
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0, f"{name}: {over} px stick out"
    assert axe.violations(page) == [], name
    assert page.problems == [], name
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize(("width", "height", "dark"), LOOKS)
@pytest.mark.slow  # the walk over all pages reads these too
def test_pages_of_colleagues(page_of, stage, width, height, dark):
    desk, account, rows, shared, template, answer = stage
    page = page_of(desk, width=width, height=height, dark=dark)
    for name, path in {
        "list": "/library/", "found": "/library/?q=water", "expiring": "/library/?view=expiring", "new": "/library/new/",
        "material": f"/library/{rows[0].pk}/", "words": f"/library/{rows[1].pk}/", "edit": f"/library/{rows[0].pk}/edit/",
        "shares": "/library/shares/", "share": f"/library/shares/{shared.pk}/",
        "share_form": f"/library/share/?m={rows[0].pk}&m={rows[1].pk}&about=crm.account&id={account.pk}",
        "templates": "/library/templates/", "template": f"/library/templates/{template.pk}/",
        "answer": f"/library/templates/answer/{answer.pk}/", "answer_before": f"/library/templates/answer/{answer.pk}/2/",
        "search": "/search/?q=delivery+works", "help": "/help/library/",
        "for": f"/library/for/crm.account/{account.pk}/", "account": f"/accounts/{account.pk}/",
    }.items():  # fmt: skip
        page.goto(path)
        look(page, f"{name}-{width}")


def test_a_message_knows_the_template_it_was_written_with_unless_its_words_were_thrown_away(
    page_of, stage
):
    desk, account, *_, template, _ = stage
    page = page_of(desk)
    for thrown_away in (False, True):
        page.goto(f"/threads/for/crm.account/{account.pk}/")
        page.get_by_text("Internal", exact=True).click()
        page.locator("summary", has_text="Templates").click()
        page.get_by_role("link", name="On its way").click()
        expect(page.locator("#say-body")).to_have_value(re.compile("it left today"))
        if thrown_away:
            page.fill("#say-body", "")
            page.fill("#say-body", "In my own words")
        page.locator("[data-send]").click()
        page.locator(".msg", has_text="own words" if thrown_away else "it left today").wait_for()
    assert [(row.key, row.version) for row in WordsTaken.objects.all()] == [
        (f"template:{template.pk}", 1)
    ]


@pytest.mark.parametrize(("width", "height", "dark"), LOOKS)
def test_pages_of_guests_and_their_time(page_of, stage, width, height, dark):
    _, _, rows, shared, *_ = stage
    path = path_of(shared)
    page = page_of(None, width=width, height=height, dark=dark)
    page.context.set_extra_http_headers({})
    page.goto(path)
    look(page, f"guest_open-{width}")
    page.evaluate("Object.defineProperty(navigator, 'x', {value: 1})")
    page.get_by_role("button", name="Open").click()
    look(page, f"guest_room-{width}")
    page.get_by_role("link", name="Pumps for water works").click()
    look(page, f"guest_item-{width}")
    page.wait_for_timeout(1600)
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**page=2")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**page=3")
    page.goto(path)
    page.get_by_role("link", name="Terms of delivery").click()
    look(page, f"guest_words-{width}")
    page.goto("/library/s/unknown/")
    look_gone = page.get_by_role("heading", name="This link does not work")
    assert look_gone.is_visible()
    page.problems.clear()
    seen = dict(PageView.objects.filter(version__material=rows[0]).values_list("page", "seconds"))
    assert set(seen) == {1, 2, 3}
    assert seen[1] >= 1
