"""What the tests of the library share: files of every kind, material, shares, guests."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from reportlab.pdfgen import canvas

from library import services
from library.models import Material
from people.models import Role
from tests import factories

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.fixture
def now():
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(now):
    """Doors read the clock: it stands at `now` and goes on."""
    with time_machine.travel(now, tick=True) as travel:
        yield travel


def pdf(*pages):
    """A PDF with a line of words on each page."""
    kept = io.BytesIO()
    sheet = canvas.Canvas(kept, pagesize=(300, 200))
    for words in pages or ("Pumps for clean water",):
        sheet.drawString(40, 120, words)
        sheet.showPage()
    sheet.save()
    return kept.getvalue()


def docx(*lines):
    import docx as library

    document = library.Document()
    for line in lines:
        document.add_paragraph(line)
    return _saved(document)


def pptx(*titles):
    import pptx as library

    show = library.Presentation()
    for title in titles:
        slide = show.slides.add_slide(show.slide_layouts[0])
        slide.shapes.title.text = title
    return _saved(show)


def xlsx(*rows):
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    return _saved(book)


def _saved(document):
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


@pytest.fixture
def account(rep):
    return factories.AccountFactory(name="Northgate Water", owner=rep, industry="Water")


@pytest.fixture
def contact(account):
    return factories.ContactFactory(
        account=account, name="Claire Ashworth", email="claire@northgate.example"
    )


@pytest.fixture
def stranger(role_groups):
    team = factories.TeamFactory(name="Leeds desk")
    return factories.member(Role.REP, email="stranger@example.com", name="Sam Strange", team=team)


@pytest.fixture
def add(coordinator, now):
    """`add("Title", ...)`: material with a PDF."""

    def run(title="Pumps for water works", *, content=None, name="deck.pdf", read=False, **fields):
        values = {
            "kind": "deck", "owner": coordinator, "by": coordinator, "at": now,
            "file": io.BytesIO(content if content is not None else pdf()), "name": name,
        }  # fmt: skip
        row = services.add(title=title, **values | fields)
        if read:
            services.read_next(at=now)
        return Material.objects.select_related("current").get(pk=row.pk)

    return run


@pytest.fixture
def share(rep, now, contact):
    """`share(material, ...)`: a link for Claire, for 30 days."""

    def run(*materials, rules=None, **fields):
        rights = {"expires_at": now + timedelta(days=30)} | (rules or {})
        values = {"contact": contact, "by": rep, "at": now} | fields
        return services.share(materials, rules=services.Rules(**rights), **values)

    return run


def path_of(row):
    """The guest's address, without the host."""
    return services.link_of(row).partition("//")[2].partition("/")[2].join(["/", ""])


@pytest.fixture
def guest():
    """A browser of a person, without an account."""
    return Client(headers={"user-agent": PERSON})


def text_of(reply):
    return reply.content.decode()
