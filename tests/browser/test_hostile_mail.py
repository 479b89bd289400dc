"""Hostile mails in a real browser: no dialog opens, and nobody outside is asked."""

import pytest
from django.utils import timezone

from mailroom import services
from tests.mailroom.hostile import CASES

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8  # cases in one mail: more of them close each other's elements


def mails():
    for n in range(0, len(CASES), AT_ONCE):
        body = "".join(f"<div>{case}</div>\n" for case in CASES[n : n + AT_ONCE])
        yield f"From: x{n}@evil.example\nContent-Type: text/html; charset=utf-8\n\n<p>Mail {n}</p>{body}".encode(
            "utf-8", "replace"
        )


def watched(page, host):
    """(dialogs, requests that leave the house) of a page from now on; none gets out."""
    dialogs, outside = [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))

    def gate(route):
        url = route.request.url
        if url.startswith((host, "data:", "blob:", "about:")):
            route.continue_()
        else:
            outside.append((url, route.request.headers.get("referer")))
            route.abort()

    page.context.route("**/*", gate)
    return dialogs, outside


class TestFrames:
    def test_of_all_of_them_run_nothing_and_ask_nobody(self, page_of, live_server, coordinator):
        rows = [services.take(raw, source="smtp", at=timezone.now())[0] for raw in mails()]
        page = page_of(coordinator)
        dialogs, outside = watched(page, live_server.url)
        for row in rows:
            page.goto(f"/mail/{row.pk}/page/", wait_until="load")
            assert page.url.endswith(f"/mail/{row.pk}/page/")  # nothing led it away
        page.goto(f"/mail/{rows[0].pk}/", wait_until="load")
        page.locator("iframe.mail-frame").scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        assert (dialogs, outside) == ([], [])

    def test_with_pictures_ask_for_pictures_only_by_https_and_say_nothing_of_us(
        self, page_of, live_server, coordinator
    ):
        html = "<img src=https://cdn.example/a.png><img src=http://plain.example/b.png><div style='background:url(https://c.example)'>x</div>"
        raw = f"From: a@b.example\nContent-Type: text/html\n\n{html}".encode()
        row, _ = services.take(raw, source="smtp", at=timezone.now())
        page = page_of(coordinator)
        dialogs, outside = watched(page, live_server.url)
        page.goto(f"/mail/{row.pk}/page/?images=1", wait_until="load")
        assert outside == [("https://cdn.example/a.png", None)]
        assert dialogs == []

    def test_uncleaned_they_would(self, page_of, live_server, coordinator):
        """The control: the same mails as they came, in a page without a policy."""
        page = page_of(coordinator)
        dialogs, outside = watched(page, live_server.url)
        for raw in list(mails())[:12]:
            page.set_content(raw.decode("utf-8", "replace"), wait_until="commit")
            page.wait_for_timeout(50)
        assert dialogs
        assert outside
