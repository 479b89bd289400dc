"""Asking for a document and sending it, in a real browser: on a phone, with and without script."""

from datetime import timedelta

import pytest
from django.utils import timezone

from documents import services
from documents.models import DocumentAsk
from tests import factories
from tests.browser import axe

LOOKS = [(1440, False), (390, True)]
PDF = {"name": "form.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nsigned"}
BAD = {"name": "form.pdf", "mimeType": "application/pdf", "buffer": b"MZ"}


@pytest.fixture
def asked(rep, coordinator):
    """(the ask, the path of a living link)"""
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    now = timezone.now()
    ask = services.ask(
        account, contact=factories.ContactFactory(account=account), title="Signed VAT form",
        words="For the invoice.", due_on=(now + timedelta(days=5)).date(),
        due_time=now.time().replace(microsecond=0), zone="Europe/London", max_files=3,
        by=coordinator, at=now,
    )  # fmt: skip
    return ask, "/documents/send/" + services.fresh_link(ask, at=now).partition("/send/")[2]


def sound(page, within=None):
    assert axe.violations(page, within=within) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.slow  # the walk over all pages reads these too
def test_the_pages_are_sound(page_of, coordinator, asked, width, dark):
    ask, path = asked
    page = page_of(coordinator, width=width, dark=dark)
    about = f"{ask.subject_type}/{ask.subject_id}"
    for here in ("/documents/?view=waiting", "/documents/", f"/documents/{ask.pk}/", path,
                 f"/documents/for/{about}/", f"/documents/for/{about}/ask/", "/help/documents/"):  # fmt: skip
        page.goto(here)
        sound(page)
    page.goto(f"/accounts/{ask.subject_id}/")
    page.get_by_role("heading", name="Signed VAT form").wait_for()
    page.locator(".doc summary").click()
    sound(page, within=".doc-slot")
    assert page.problems == []


def test_a_customer_sends_from_her_phone_and_the_desk_accepts(page_of, coordinator, asked):
    ask, path = asked
    phone = page_of(width=390)
    phone.goto(path)
    phone.get_by_role("button", name="Send").click()
    phone.get_by_text("Choose a file first.").wait_for()
    phone.set_input_files("#id_files", [BAD])
    phone.get_by_role("button", name="Send").click()
    phone.get_by_text("is called a PDF but is none").wait_for()
    phone.set_input_files("#id_files", [PDF, {**PDF, "name": "more.pdf"}])
    phone.get_by_label("A note").fill("Both pages.")
    phone.get_by_role("button", name="Send").click()
    phone.get_by_text("Thank you, we have it.").wait_for()
    sound(phone)
    assert ask.files.count() == 2

    desk = page_of(coordinator)
    desk.goto(f"/accounts/{ask.subject_id}/")
    desk.locator(".doc").get_by_role("button", name="Accept").click()
    desk.locator(".doc").get_by_text("Accepted", exact=True).wait_for()
    assert DocumentAsk.objects.get().status == "accepted"
    assert phone.goto(path).status == 404


def test_the_form_works_without_script(chromium, live_server, asked):
    """The page names no referrer, so the browser sends `Origin: null`; the form is taken all the
    same."""
    ask, path = asked
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(path)
    page.set_input_files("#id_files", [PDF])
    with page.expect_request(lambda sent: sent.method == "POST") as sent:
        page.get_by_role("button", name="Send").click()
    assert sent.value.all_headers().get("origin") == "null"
    page.get_by_text("Thank you, we have it.").wait_for()
    context.close()
    assert ask.files.count() == 1
