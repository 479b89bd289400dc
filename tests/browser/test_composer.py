"""Writing to a customer as a person does it: files three ways, the question, the preview, undo."""

import pytest
from django.utils import timezone

from comms.models import Attachment, Delivery, Message, Unsent
from tests.browser import axe
from tests.comms import conftest as talk
from tests.comms.conftest import PNG

contact, order = talk.contact, talk.order  # the fixtures of the conversations' tests
pytestmark = pytest.mark.django_db(transaction=True)
FILE = """async ([kind, name, type, bytes, target]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const where = document.querySelector(target);
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
  where.dispatchEvent(event);
}"""


@pytest.fixture
def now():
    """The browser reads the real clock."""
    return timezone.now()


@pytest.fixture
def page(page_of, order, coordinator):
    page = page_of(coordinator)
    page.goto(f"/orders/{order.pk}/")
    page.wait_for_selector("#say-body")
    return page


def choose(page, value):
    page.locator(f"label:has(> input[name=to][value={value}])").click()


def give(page, kind, name, content, target="#say-body"):
    page.evaluate(
        FILE,
        [kind, name, "image/png" if name.endswith("png") else "text/plain", list(content), target],
    )


def choose_files_three_ways(page):
    choose(page, "customer")
    page.fill("#say-body", "Dear Claire,\n\n**here it is**\n\n")
    page.set_input_files(
        "input[name=files]", {"name": "note.txt", "mimeType": "text/plain", "buffer": b"Gate 4"}
    )
    page.wait_for_selector("text=note.txt")
    give(page, "drop", "list.txt", b"1;2", target=".composer")
    page.wait_for_selector("text=list.txt")
    give(page, "paste", "plan.png", PNG)
    page.wait_for_selector("text=plan.png")
    assert "![](cid:plan)" in page.input_value("#say-body")
    assert Unsent.objects.get().files.count() == 3
    assert axe.violations(page) == []


def look_at_it_before(page):
    page.get_by_role("button", name="Preview").click()
    page.wait_for_selector("#preview")
    frame = page.frame_locator("#preview iframe")
    assert frame.locator("strong").inner_text() == "here it is"
    assert frame.locator("img").get_attribute("src").startswith("data:image/png")
    assert (
        frame.locator("td").first.evaluate("cell => getComputedStyle(cell).padding") == "24px 12px"
    )
    for name in ("note.txt", "list.txt", "plan.png", "Claire Ashworth"):
        assert name in page.locator("#preview").inner_text()
    assert Message.objects.count() == 0
    assert axe.violations(page) == []


def test_files_a_preview_and_undo(page):
    choose_files_three_ways(page)
    look_at_it_before(page)

    page.get_by_role("button", name="Send to customer").click()
    page.wait_for_selector(".msg.customer img")
    assert sorted(Attachment.objects.values_list("name", flat=True)) == [
        "list.txt",
        "note.txt",
        "plan.png",
    ]
    assert Delivery.objects.get().files.count() == 3
    assert page.input_value("#say-body") == ""

    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("text=Taken back before it left")
    page.wait_for_selector("[data-chosen] >> text=plan.png")
    assert "**here it is**" in page.input_value("#say-body")
    assert Delivery.objects.get().status == "cancelled"
    assert page.problems == []


def test_words_for_colleagues_are_asked_about_before_they_leave(page):
    choose(page, "internal")
    page.fill("#say-body", "He never pays in time")
    choose(page, "customer")
    page.get_by_role("button", name="Send to customer").click()
    page.get_by_role("button", name="No, go back").click()
    assert Message.objects.count() == 0
    page.get_by_role("button", name="Send to customer").click()
    page.locator("dialog [data-yes]").click()
    page.wait_for_selector(".msg.customer")
    assert Delivery.objects.get().body == "He never pays in time"


def test_a_draft_waits_and_what_others_write_moves_nothing(page, page_of, order, coordinator):
    page.fill("#say-body", "Half a thought")
    page.wait_for_timeout(1200)
    assert Unsent.objects.get().body == "Half a thought"
    other = page_of(coordinator)
    other.goto(f"/orders/{order.pk}/")
    other.wait_for_selector("#say-body")
    assert other.input_value("#say-body") == "Half a thought"
    from comms import services

    services.say(
        order,
        body="News from a colleague",
        visibility="internal",
        by=coordinator,
        at=timezone.now(),
    )
    page.focus("#say-body")
    page.wait_for_selector("text=News from a colleague", timeout=9000)
    assert page.input_value("#say-body") == "Half a thought"
    assert page.evaluate("document.activeElement.id") == "say-body"


def test_what_is_too_large_is_said_at_once(page, settings):
    page.evaluate("document.querySelector('form[data-talk]').dataset.most = 3")
    give(page, "drop", "big.txt", b"12345", target=".composer")
    page.wait_for_selector("text=big.txt is larger than")
    assert not Unsent.objects.filter(files__isnull=False).exists()
