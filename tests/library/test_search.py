"""Ctrl-K finds material by what stands in it, behind what is found by its title."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordinator import search as finder
from library import services
from tests import factories
from tests.library.conftest import docx, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def find(now):
    """`find(user, text)`: the hits of the library."""

    def ask(user, text, limit=10):
        result = finder.search(user, finder.read(text), now=now, limit=limit)
        return [hit for group in result.groups if group.kind == "material" for hit in group.hits]

    return ask


@pytest.fixture
def titles(find):
    return lambda user, text, **limits: [hit.label for hit in find(user, text, **limits)]


@pytest.fixture
def piece(add):
    """`piece(title=…, file=…)`: material that was read."""

    def make(*, title, file, **fields):
        name = "piece.docx" if file.startswith(b"PK") else "piece.pdf"
        return add(title, content=file, name=name, read=True, **fields)

    return make


def statements(find, user, text):
    with CaptureQueriesContext(connection) as captured:
        find(user, text)
    return [query["sql"] for query in captured if "library_words" in query["sql"]]


class TestWhatIsFound:
    @pytest.fixture(autouse=True)
    def shelf(self, piece):
        piece(title="Case study", file=docx("The town of Duinwater runs four pumps.", "For years."))
        piece(title="Price sheet", file=pdf("VM-0012 and VM-0045"))

    def test_words_of_the_file_with_a_line_that_marks_them(self, find, rep):
        [hit] = find(rep, "duinwater")
        assert (hit.label, hit.sub) == ("Case study", "Deck")
        assert "town of <mark>Duinwater</mark> runs" in hit.marked

    def test_the_last_word_while_it_is_typed_and_words_by_their_stem(self, titles, rep):
        for text in ("dui", "four duinw", "pump", "running pum", '"town of duinwater"', "vm-0012"):
            assert len(titles(rep, text)) == 1, text

    def test_all_words_must_be_there(self, titles, rep):
        """The negative control."""
        for text in ("duinwater moon", "duin town", '"of town"', "uinwater"):
            assert titles(rep, text) == [], text

    def test_title_and_file_together(self, titles, rep):
        assert titles(rep, "study duinwater") == ["Case study"]

    def test_operators_hold_for_contents_too(self, titles, coordinator, rep):
        assert titles(coordinator, "duinwater holder:me") == ["Case study"]
        assert titles(rep, "duinwater is:mine") == []
        assert titles(rep, "duinwater type:material") == ["Case study"]
        assert titles(rep, "duinwater type:order") == []
        assert titles(rep, "duinwater -type:library") == []

    def test_odd_letters_are_no_trouble(self, titles, rep):
        for text in ("'", "''' duinwater", "\\", "a'b\\':*", "!!", "& |", "<->", "\ue000"):
            titles(rep, text)


class TestOrder:
    def test_titles_come_first_and_each_material_once(self, piece, find, rep):
        old = piece(title="Duinwater", file=pdf("About Duinwater"))
        piece(title="Newer", file=pdf("Twelve years at Duinwater"))
        piece(title="Newest", file=pdf("Duinwater again"))
        hits = find(rep, "duinwater")
        assert [hit.label for hit in hits] == ["Duinwater", "Newest", "Newer"]
        assert [hit.pk for hit in hits].count(old.pk) == 1
        assert [bool(hit.excerpt) for hit in hits] == [False, True, True]

    def test_what_is_found_by_its_description_or_its_tags_says_so_too(self, piece, find, rep):
        piece(title="Deck", file=pdf("Text"), description="For the dairy", tags={"free": ["Brine"]})
        assert "For the <mark>dairy</mark>" in find(rep, "dairy")[0].marked
        assert "<mark>Brine</mark>" in find(rep, "brine")[0].marked

    def test_words_of_the_title_alone_that_are_no_part_of_it_as_typed_have_no_such_line(
        self, piece, find, rep
    ):
        """The negative control: “pump” is the stem of both, and stands in no text."""
        piece(title="Deck of pumping", file=pdf("Text"))
        [hit] = find(rep, "pumped")
        assert (hit.label, hit.excerpt, hit.sub) == ("Deck of pumping", "", "Deck")

    def test_further_ones_are_a_link_that_works(self, piece, rep, now):
        for n in range(4):
            piece(title=f"Deck {n}", file=pdf("Duinwater"))
        result = finder.search(rep, finder.read("duinwater"), now=now, limit=3)
        [group] = [group for group in result.groups if group.kind == "material"]
        assert (len(group.hits), "type%3Amaterial" in group.more_url) == (3, True)
        assert not finder.read("duinwater type:material").problems


class TestWhoFinds:
    def test_who_may_not_read_the_library_finds_nothing_of_it(self, piece, titles, rep, team):
        piece(title="Deck", file=pdf("Duinwater"))
        assert titles(rep, "duinwater") == ["Deck"]  # the negative control
        outsider = factories.UserFactory(team=team)
        assert titles(outsider, "duinwater") == []

    def test_archived_material_and_words_of_an_earlier_version_are_not_found(
        self, piece, titles, rep, coordinator, now
    ):
        row, kept = (
            piece(title="One", file=pdf("Duinwater")),
            piece(title="Two", file=pdf("Duinwater")),
        )
        services.archive(row, by=coordinator, at=now)
        assert titles(rep, "duinwater") == ["Two"]
        later = now + timedelta(hours=1)
        services.add_version(
            kept, file=io.BytesIO(pdf("Other words")), name="two.pdf", note="", by=coordinator, at=later
        )  # fmt: skip
        while services.read_next(at=later):
            pass
        assert titles(rep, "duinwater") == []
        assert titles(rep, "other words") == ["Two"]

    def test_scripts_in_files_are_shown_as_text(self, piece, rep, client_of):
        piece(
            title="Deck",
            file=docx("At Duinwater costs < profits & nobody knows <script>alert(1)</script> why"),
        )
        for headers in ({}, {"HX-Request": "true"}):
            html = client_of(rep).get("/search/?q=duinwater", headers=headers).content.decode()
            assert "<mark>Duinwater</mark> costs &lt; profits &amp; nobody" in html
            assert "<script>alert" not in html

    def test_the_api_says_it_without_markup(self, piece, rep, api_of):
        piece(title="Deck", file=docx("The town of Duinwater"))
        [hit] = api_of(rep).get("/api/search/", {"q": "duinwater"}).json()["hits"]
        assert (hit["kind"], hit["excerpt"]) == ("material", "The town of Duinwater")


class TestCost:
    def test_contents_cost_one_statement_however_many_there_are(self, piece, find, rep):
        for n in range(3):
            piece(title=f"Deck {n}", file=pdf("Duinwater"))
            assert len(statements(find, rep, "duinwater")) == 1

    def test_nothing_is_asked_for_one_letter_nor_when_titles_fill_the_list(
        self, piece, find, rep, now
    ):
        piece(title="Duinwater", file=pdf("Duinwater"))
        assert statements(find, rep, "d") == []
        assert statements(find, rep, "") == []
        assert statements(lambda *said: find(*said, limit=1), rep, "duin") == []
        assert len(statements(find, rep, "duin d")) == 1

    def test_nothing_is_asked_when_no_material_is_asked_for(self, piece, find, coordinator):
        assert statements(find, coordinator, "duinwater type:order") == []
        assert statements(find, coordinator, "duinwater is:open") == []

    def test_a_lookup_that_takes_too_long_leaves_what_has_the_words_in_its_title(
        self, piece, rep, now, monkeypatch
    ):
        piece(title="Duinwater", file=pdf("Text"))

        def slow(*_said, **_limits):
            with connection.cursor() as sql:
                sql.execute("SELECT pg_sleep(5)")

        monkeypatch.setattr(finder, "find_within", slow)
        result = finder.search(rep, finder.read("duinwater"), now=now, limit=5)
        assert [hit.label for group in result.groups for hit in group.hits] == ["Duinwater"]
        assert "found in time" in result.notes[-1]

    def test_the_index_over_all_words_is_read_and_not_one_file_after_another(
        self, piece, find, rep
    ):
        piece(title="Deck", file=pdf("Duinwater"))
        [sql] = statements(find, rep, "duinwater")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "library_words_vector" in plan
