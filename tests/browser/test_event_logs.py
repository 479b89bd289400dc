"""A log of another system, from the file to its place in the list, in a real browser."""

import os
import random
from pathlib import Path

import pytest

from coordinator.demo import event_logs
from coordinator.demo.stage import Year
from process.importing import services
from process.importing.models import LogImport
from process.models import EventLog
from tests.browser import axe
from tests.process.importing.conftest import CSV, uploaded

LOOKS = [(1440, False), (390, True)]
SHOTS = os.environ.get("SHOTS")  # a folder: keeps what was seen
SLASHES = CSV.replace("2026-03-02", "02/03/2026").replace("2026-03-03", "03/03/2026")


@pytest.fixture
def brought(db, team, coordinator, manager, rep, now, settings, tmp_path):
    """The logs of the demo, over a small company."""
    settings.UPLOAD_DIR = tmp_path

    class Company:
        desk, reps, coordinators = team, [rep], [coordinator]

    Company.manager = manager
    event_logs.set_up(Year(random.Random(1), Company, [], [], {}, now))
    return EventLog.objects.get()


def sound(page, name):
    if SHOTS:
        page.screenshot(
            path=Path(SHOTS) / f"logs-{name}-{page.viewport_size['width']}.png", full_page=True
        )
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.slow  # the walk over all pages reads these too
def test_the_pages_are_sound(page_of, manager, brought, now, width, dark):
    page = page_of(manager, width=width, dark=dark)
    done, checked = LogImport.objects.order_by("pk")
    mapped = services.upload(
        uploaded(services.files.path_of(done.stored_as).read_bytes(), "again.csv"),
        by=manager,
        at=now,
    )
    asked = services.upload(uploaded(SLASHES, "slashes.csv"), by=manager, at=now)
    broken = services.upload(uploaded(b"<log><trace></log>", "broken.xes"), by=manager, at=now)
    addresses = {
        "list": "", "new": "new/", "version": f"new/?log={brought.pk}", "edit": f"{brought.pk}/edit/",
        "remove": f"{brought.pk}/remove/", "done": f"imports/{done.pk}/", "checked": f"imports/{checked.pk}/",
        "map": f"imports/{mapped.pk}/", "asked": f"imports/{asked.pk}/", "broken": f"imports/{broken.pk}/",
    }  # fmt: skip
    for name, part in addresses.items():
        page.goto(f"/process/logs/{part}")
        sound(page, name)
    page.goto("/help/event-logs/")
    sound(page, "help")
    assert page.problems == []


def test_from_the_file_to_the_log(page_of, manager, now, tmp_path):
    file = tmp_path / "tickets.csv"
    file.write_text(SLASHES)
    page = page_of(manager)
    page.goto("/process/logs/")
    page.get_by_role("link", name="Import a log").first.click()
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Upload and look at it").click()
    page.get_by_role("button", name="Check the whole file").click()
    assert page.get_by_text("Both orders fit this file.").first.is_visible()
    page.problems.clear()  # the browser notes the refused form itself
    page.get_by_label("Dates are written").select_option("day")
    page.get_by_role("button", name="Look again").click()
    assert page.locator(".trace .step").first.inner_text().startswith("Opened")
    page.get_by_role("button", name="Check the whole file").click()
    page.get_by_text("Waiting for a worker").wait_for()
    services.run_next(at=now)
    page.get_by_text("The whole file can be taken").wait_for()
    page.get_by_role("button", name="Import it").click()
    page.get_by_text("Waiting for a worker").wait_for()
    services.run_next(at=now)
    page.get_by_text("Imported as “Tickets”").wait_for()
    assert EventLog.objects.get().events == 3
    assert page.problems == []


def test_a_file_is_dropped_anywhere_on_the_page(page_of, manager):
    page = page_of(manager)
    page.goto("/process/logs/new/")
    data = page.evaluate_handle(
        "() => { const data = new DataTransfer();"
        " data.items.add(new File(['case,activity,time'], 'dropped.csv')); return data; }"
    )
    page.dispatch_event("main", "drop", {"dataTransfer": data})
    assert (
        page.evaluate("document.querySelector('input[type=file]').files[0].name") == "dropped.csv"
    )
