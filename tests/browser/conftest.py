"""A real Chromium, driven by Playwright against the real pages."""

import os
import shutil
import time

import pytest
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import sync_playwright

from imports.models import ImportRun

# The shell draws no window of its own around each page, which takes half as long as the page; to
# watch, a window is wanted.
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(
    (
        found
        for name in (*(() if os.environ.get("WATCH") else ("chromium-headless-shell",)), *NAMES)
        if (found := shutil.which(name))
    ),
    None,
)


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.fspath):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("No Chromium: install it (apt install chromium-headless-shell).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            headless=not os.environ.get("WATCH"),
            slow_mo=400 if os.environ.get("WATCH") else 0,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


# A search that newer typing replaces is given up on purpose; htmx logs that as two errors. A
# request that fails logs a line of its own beside them.
GIVEN_UP = ("htmx:sendAbort", "htmx:afterRequest")


def is_problem(line) -> bool:
    return line.type == "error" and not line.text.startswith(GIVEN_UP)


def server_is_idle(seconds=10):
    """Wait until no thread of the live server is within a statement or a transaction: the tables
    are emptied next, and a poll of a page that was just closed would be in the way."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with connection.cursor() as sql:
            sql.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'"
            )
            if not sql.fetchone()[0]:
                return
        time.sleep(0.05)


@pytest.fixture
def page_of(chromium, live_server, client_of):
    """`page_of(user)`: a page in a context of its own in which `user` is signed in."""
    contexts = []

    def make(user=None, *, width=1440, height=900, dark=False):
        cache.clear()
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            base_url=live_server.url,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        if user is not None:
            cookie = client_of(user).cookies["portal_session"].value
            context.add_cookies(
                [{"name": "portal_session", "value": cookie, "url": live_server.url}]
            )
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on(
            "console",
            lambda line: page.problems.append(line.text) if is_problem(line) else None,
        )
        return page

    yield make
    for context in contexts:
        context.close()
    server_is_idle()


@pytest.fixture
def company(demo_company, now, settings):
    ImportRun.objects.create(
        kind="accounts", file_name="customers.csv", status="refused", created_at=now,
        problem="2 of 91 rows have problems. Nothing was changed.", rows_read=91, rows_bad=2,
    )  # fmt: skip
