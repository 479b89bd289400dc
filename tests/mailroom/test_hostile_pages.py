"""Hostile mail pages: what is left of them can run nothing and asks nobody."""

import re
from html.parser import HTMLParser

import pytest

from mailroom import services
from mailroom.reading import page
from mailroom.reading.page import safe
from tests.mailroom.hostile import CASES, HOST

LINKS = re.compile(r"^(https?:|mailto:)", re.IGNORECASE)


class Left(HTMLParser):
    """Every element and attribute of a page."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, attrs))


def harm(html, *, images):
    """What could still run or fetch."""
    for tag, attrs in Left(html).found:
        if tag not in page.TAGS:
            yield tag
        for name, value in attrs:
            if name.startswith("on") or name in {
                "style",
                "srcset",
                "background",
                "poster",
                "ping",
                "action",
                "formaction",
                "id",
                "name",
                "class",
            }:
                yield name
            if name == "href" and not LINKS.match(value or ""):
                yield value
            if name == "src" and not (
                images and tag == "img" and (value or "").startswith("https://")
            ):
                yield value


class TestEveryCase:
    def test_there_are_more_than_three_hundred(self):
        assert len(set(CASES)) > 300

    @pytest.mark.parametrize("images", [False, True])
    def test_is_harmless_when_cleaned(self, images):
        found = {case: list(harm(safe(case, images=images), images=images)) for case in CASES}
        assert {case: what for case, what in found.items() if what} == {}

    def test_stays_harmless_when_cleaned_again(self):
        """What a browser would build differently the second time is what attacks live on."""
        moved = [
            case for case in CASES if safe(once := safe(case, images=True), images=True) != once
        ]
        assert moved == []

    def test_would_do_harm_uncleaned(self):
        """The control: the check sees it in nearly all of them as they came."""
        seen = [case for case in CASES if list(harm(case, images=False))]
        assert len(seen) > len(CASES) * 0.85


class TestPictures:
    def test_come_by_https_or_not_at_all(self):
        for bad in (
            "http://cdn.example/a.png",
            "//cdn.example/a.png",
            "data:image/png;base64,x",
            "cid:x",
            "/a.png",
            "ftp://x/a",
        ):
            assert "src=" not in safe(f'<img src="{bad}">', images=True)
        assert "src=" in safe('<img src="https://cdn.example/a.png">', images=True)

    @pytest.mark.django_db
    def test_are_forbidden_by_the_policy_too_until_asked_for(self, coordinator, client_of, now):
        raw = b"From: a@b.example\nContent-Type: text/html\n\n<img src='https://cdn.example/a.png'>"
        row, _ = services.take(raw, source="smtp", at=now)
        client = client_of(coordinator)
        shy, asked = (client.get(f"/mail/{row.pk}/page/{query}") for query in ("", "?images=1"))
        assert "img-src 'none'" in shy["Content-Security-Policy"]
        assert "cdn.example" not in shy.content.decode()
        assert "img-src https:" in asked["Content-Security-Policy"]
        assert (shy["Referrer-Policy"], asked["Referrer-Policy"]) == ("no-referrer", "no-referrer")
        assert "cdn.example" in asked.content.decode()


@pytest.mark.django_db
class TestFiles:
    def test_that_are_refused_are_listed_with_the_reason(self, coordinator, client_of, now):
        raw = (
            b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHi\n"
            b"--b\nContent-Type: application/zip; name=all.zip\n\nPK\x03\x04\n"
            b"--b\nContent-Type: image/svg+xml; name=plan.svg\n\n<svg onload=alert(1)>\n"
            b"--b\nContent-Type: text/csv; name=data.csv\n\na,b\n1,2\n--b--\n"
        )
        row, _ = services.take(raw, source="smtp", at=now)
        text = client_of(coordinator).get(f"/mail/{row.pk}/").content.decode()
        assert "Send the files in it one by one." in text
        assert "SVG files can carry scripts." in text
        assert "data.csv" in text
        assert text.count("It is in the mail as it came.") == 2
        assert bytes(row.raw.data) == raw


def test_the_host_is_nobodys():
    assert HOST.endswith("evil.example")
