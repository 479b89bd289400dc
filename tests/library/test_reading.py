"""Files are read in a child: what is hostile fails honestly on its row, what stands beside it is read."""

import io
import random
import subprocess
import zipfile
import zlib
from datetime import timedelta

import pytest
from pypdf import PdfReader, PdfWriter

from journal.models import Entry
from kit.uploads import store
from library import services
from library.models import PageImage, Reading, Version, Words
from library.reading import Limits, Unmarkable, marked, read_file
from tests.library.conftest import docx, pdf, pptx, xlsx

QUICK = Limits(seconds=4)


@pytest.fixture
def put(tmp_path):
    def run(content, name="file"):
        place = tmp_path / name
        place.write_bytes(content)
        return place

    return run


def locked(content):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt("secret", algorithm="RC4-128")
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def with_part(content, name, part):
    """An office file with one more member."""
    kept = io.BytesIO(content)
    with zipfile.ZipFile(kept, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, part)
    return kept.getvalue()


def bomb(megabytes=150):
    """A small DOCX that unpacks to very much."""
    return with_part(docx("x"), "word/media/bomb.bin", b"\0" * (megabytes * 1024 * 1024))


def endless_pdf():
    """A PDF whose page tree contains itself, and whose only page draws itself again and again."""
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 100000/Kids[2 0 R 3 0 R]>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 5 0 R"
        b"/Resources<</XObject<</A 4 0 R>>>>>>endobj\n"
        b"4 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 200 200]/Resources<</XObject<</A 4 0 R>>>>"
        b"/Length 11>>stream\n/A Do /A Do\nendstream endobj\n"
        b"5 0 obj<</Length 5>>stream\n/A Do\nendstream endobj\ntrailer<</Root 1 0 R>>"
    )
    return body + b"\n%%EOF"


def slow_pdf():
    """One page with a stream that unpacks to hundreds of megabytes of strokes."""
    line = zlib.compress(b"0 0 m 200 200 l S\n" * 12_000_000, 9)
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>endobj\n"
        b"4 0 obj<</Filter/FlateDecode/Length " + str(len(line)).encode() + b">>stream\n" + line
        + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )  # fmt: skip


class TestWhatIsRead:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (pdf("Impeller", "Second page"), "Impeller\nSecond page"),
            (docx("Flange PN16", "and more"), "Flange PN16\nand more"),
            (pptx("Why us", "Prices"), "Why us\nPrices"),
            (xlsx(("VM-1", 12.5), ("VM-2", None)), "VM-1 12.5"),
            ("Größe; Maß\n".encode(), "Größe; Maß"), ("Größe und Maß, Köln".encode("cp1252"), "Größe und Maß"),
            ("Preise für Pumpen".encode("utf-16"), "Preise für Pumpen"),
        ],
    )  # fmt: skip
    def test_the_words_of_every_kind_whatever_it_is_called(self, put, content, words):
        found = read_file(put(content, "wrong.bin"))
        assert words in found.text
        assert not found.failed

    def test_pages_are_drawn_as_pictures_of_a_capped_size(self, put):
        found = read_file(put(pdf("One", "Two", "Three")), Limits(drawn=2, pixels=400))
        assert found.pages == 3
        assert [(page.number, max(page.width, page.height)) for page in found.images] == [
            (1, 400),
            (2, 400),
        ]
        assert all(page.content.startswith(b"\x89PNG") for page in found.images)

    def test_the_text_is_capped_and_says_so(self, put):
        found = read_file(put(b"word " * 50_000), Limits(letters=1_000))
        assert len(found.text) <= 1_000
        assert found.shortened

    def test_a_picture_is_its_own_page(self, put):
        from PIL import Image

        kept = io.BytesIO()
        Image.new("RGB", (3000, 1500), "navy").save(kept, "PNG")
        found = read_file(put(kept.getvalue()))
        assert (found.images[0].width, found.images[0].height) == (1400, 700)

    def test_no_null_character_comes_out(self, put):
        found = read_file(put(b"\xff\xfea\0\0\0b\0"))
        assert "\0" not in found.text


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (bomb(), "unpacks to more than 100 MB|packed far too tightly"),
            (locked(pdf()), "protected by a password"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office, or protected"),
            (with_part(docx("x"), "word/vbaProject.bin", b"macro"), "holds macros"),
            (with_part(docx("x"), "word/evil.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "entities"),
            (b"%PDF-1.7\nthis is not one", "damaged"), (docx("x")[:-40], "damaged"),
            (b"PK\x03\x04" + random.Random(1).randbytes(3000), "damaged"),
            (random.Random(2).randbytes(4000), "neither a document nor text"),
            (with_part(b"PK\x05\x06" + b"\0" * 18, "a.txt", b"x"), "archive|neither"),
        ],
        ids=["bomb", "locked", "old", "macros", "entities", "broken-pdf", "cut", "no-zip", "noise", "zip"],
    )  # fmt: skip
    def test_fails_with_words_and_without_text(self, put, content, words):
        found = read_file(put(content), QUICK)
        assert found.failed
        assert not found.text
        import re

        assert re.search(words, found.problem), found.problem

    @pytest.mark.parametrize("content", [endless_pdf(), slow_pdf()], ids=["endless", "slow"])
    def test_what_never_ends_is_ended(self, put, content):
        """It may give some words; it must come back in time, with no process left."""
        found = read_file(put(content, "endless.pdf"), QUICK)
        assert len(found.text) <= QUICK.letters
        left = subprocess.run(
            ["ps", "-eo", "args"], capture_output=True, text=True, check=True
        ).stdout
        assert "endless.pdf" not in left

    def test_more_memory_than_is_allowed_is_an_honest_failure(self, put):
        found = read_file(put(xlsx(*[("x" * 50,)] * 2000)), Limits(memory=32 * 1024 * 1024))
        assert found.failed
        assert found.problem
        assert not found.text

    def test_with_the_usual_memory_it_is_read(self, put):
        """The negative control."""
        assert read_file(put(xlsx(*[("x" * 50,)] * 2000))).text

    def test_a_sheet_of_nothing_is_not_walked_to_its_end(self, put):
        import openpyxl

        book = openpyxl.Workbook()
        book.active["A1"] = "first"
        book.active["XFD1048576"] = "last"
        kept = io.BytesIO()
        book.save(kept)
        found = read_file(put(kept.getvalue()), QUICK)
        assert "first" in found.text
        assert not found.failed

    def test_ten_thousand_pages_are_not_all_read(self, put):
        found = read_file(put(pdf(*[f"p{n}" for n in range(60)])), Limits(pages=5, drawn=1))
        assert (found.pages, found.shortened, "p5" in found.text) == (60, True, False)


@pytest.mark.django_db
class TestTheQueue:
    def test_a_row_waits_is_read_and_is_found(self, add, now):
        row = add(content=pdf("Cavitation explained"))
        assert Reading.objects.get().state == "waiting"
        assert services.read_next(at=now).state == "read"
        reading = Reading.objects.get()
        assert (reading.attempts, reading.pages, reading.claimed_at) == (1, 1, None)
        assert "Cavitation" in Words.objects.get(material=row).text
        assert PageImage.objects.filter(version=row.current).count() == 1
        assert Entry.objects.filter(action="library.version.read").exists()
        assert services.read_next(at=now) is None

    def test_a_hostile_one_fails_on_its_row_and_the_next_is_read(self, add, now):
        bad = add("Bad")
        store.path_of(bad.current.stored_as).write_bytes(bomb())
        good = add("Good", content=docx("Honest words"), name="good.docx")
        services.read_next(at=now)
        services.read_next(at=now)
        assert list(Reading.objects.order_by("pk").values_list("state", flat=True)) == [
            "failed",
            "read",
        ]
        assert Reading.objects.first().problem
        assert "Honest" in Words.objects.get(material=good).text
        assert Entry.objects.get(action="library.version.unread").data["problem"]

    def test_what_a_dead_worker_had_claimed_is_claimed_again_later(self, add, now):
        add()
        Reading.objects.update(claimed_at=now, attempts=1)
        assert services.read_next(at=now + timedelta(seconds=30)) is None
        assert services.read_next(at=now + timedelta(minutes=4)).state == "read"

    def test_after_three_dead_workers_it_is_given_up(self, add, now):
        add()
        Reading.objects.update(attempts=3)
        assert services.read_next(at=now).state == "failed"
        assert "three times" in Reading.objects.get().problem

    def test_a_file_that_is_gone_is_said(self, add, now):
        row = add()
        store.path_of(row.current.stored_as).unlink()
        services.read_next(at=now)
        assert "not on the disk" in Reading.objects.get().problem

    def test_it_can_be_tried_once_more(self, add, coordinator, now):
        row = add()
        store.path_of(row.current.stored_as).rename(
            kept := store.path_of("0" * 32).parent.parent / "aside"
        )
        services.read_next(at=now)
        kept.rename(store.path_of(row.current.stored_as))
        services.again(
            Reading.objects.select_related("version__material").get(), by=coordinator, at=now
        )
        assert services.read_next(at=now).state == "read"

    def test_only_the_current_version_is_found(self, add, coordinator, now):
        row = add(content=pdf("Alpha"), read=True)
        services.add_version(
            row, file=io.BytesIO(pdf("Beta")), name="b.pdf", by=coordinator, at=now
        )
        assert "Alpha" not in Words.objects.get().text
        services.read_next(at=now)
        assert "Beta" in Words.objects.get().text
        services.make_current(Version.objects.get(number=1), by=coordinator, at=now)
        assert "Alpha" in Words.objects.get().text


class TestWatermark:
    def test_every_page_has_the_words(self, put):
        content = marked(put(pdf("One", "Two")), "Claire Ashworth · 24 Nov 2026")
        pages = PdfReader(io.BytesIO(content)).pages
        assert len(pages) == 2
        assert all("Claire Ashworth" in page.extract_text() for page in pages)
        assert "Claire" not in PdfReader(io.BytesIO(pdf("One"))).pages[0].extract_text()

    @pytest.mark.parametrize("content", [b"%PDF-1.7 broken", endless_pdf(), locked(pdf())])
    def test_what_cannot_be_marked_is_refused_and_never_given_unmarked(self, put, content):
        with pytest.raises(Unmarkable):
            marked(put(content), "Claire", QUICK)
