"""Finding: words in files, ranked, with what was found shown safely; filters; pages that do not grow."""

import pytest

from library import services
from library.models import Material
from library.queries import Filters, choices, page
from tests.library.conftest import docx, pdf, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(rep, now):
    """`found("words")`: the titles, best first."""

    def run(text="", user=None, **filters):
        _, lines = page(user or rep, Filters(text=text, **filters), now.date(), after="")
        return [line.row["title"] for line in lines]

    return run


class TestWords:
    def test_in_the_file_the_title_the_tags_and_the_description(self, add, found):
        add("In the file", content=pdf("Cavitation explained"), read=True)
        add("Cavitation in the title", content=pdf("a"))
        add("In a tag", content=pdf("b"), tags={"free": ["Cavitation"]})
        add("In the description", content=pdf("c"), description="On cavitation")
        add("Nothing of it", content=pdf("d"))
        assert found("cavitation") == [
            "Cavitation in the title",
            "In a tag",
            "In the description",
            "In the file",
        ]

    @pytest.mark.parametrize(
        "text", ["pumping", "pump", "PUMPS", "pum", '"clean water"', "valve or pump", "VM-0012"]
    )
    def test_stems_beginnings_phrases_and_numbers(self, add, found, text):
        add("Pumps for clean water VM-0012")
        assert found(text) == ["Pumps for clean water VM-0012"]

    @pytest.mark.parametrize("text", ["pumps -water", '"water clean"', "valve"])
    def test_what_was_left_out_or_is_not_there_is_not_found(self, add, found, text):
        """The negative control."""
        add("Pumps for clean water VM-0012", content=docx("x"), name="a.docx")
        assert found(text) == []

    @pytest.mark.parametrize(
        "text", ["'", "&|!()", "a:*", "\\", "\0x", "<script>", "%", "x" * 5000, "-", '"', ":*&"]
    )
    def test_odd_words_are_only_words(self, add, client_of, rep, text):
        add()
        assert client_of(rep).get("/library/", {"q": text}).status_code == 200

    def test_archived_material_is_not_found(self, add, found, coordinator, now):
        row = add("Pumps")
        services.archive(row, by=coordinator, at=now)
        assert found("pumps") == []
        assert found("pumps", view="archived") == ["Pumps"]

    def test_what_was_found_is_shown_marked_and_escaped(self, add, client_of, rep):
        add(
            content=docx("Nuts & bolts <script>alert(1)</script> the impeller turns"),
            name="a.docx",
            read=True,
        )
        body = text_of(client_of(rep).get("/library/?q=impeller"))
        assert "<mark>impeller</mark>" in body
        assert "Nuts &amp; bolts" in body
        assert "<script>alert" not in body

    def test_a_very_long_file_does_not_break_the_index(self, add, found):
        words = " ".join(f"wort{n}ä" for n in range(60_000))
        row = add(content=words.encode(), name="a.txt", read=True)
        assert found("wort5ä") == [row.title]


class TestFilters:
    def test_each_of_them(self, add, found, coordinator, rep, now):
        add("Water deck", content=pdf("1"), tags={"industry": ["Water"], "language": ["English"]})
        add("Food case", content=pdf("2"), kind="case", tags={"industry": ["Food"]}, owner=rep)
        assert found(tags={"industry": "water"}) == ["Water deck"]
        assert found(kind="case") == ["Food case"]
        assert found(owner=rep.pk) == ["Food case"]
        assert found(tags={"industry": "Food", "language": "English"}) == []
        assert choices()["industry"] == ["Food", "Water"]

    def test_favourites_are_ones_own(self, add, found, rep, coordinator, now):
        services.set_favourite(add("Mine", content=pdf("1")), wanted=True, by=rep, at=now)
        services.set_favourite(add("Yours", content=pdf("2")), wanted=True, by=coordinator, at=now)
        assert found(view="favourites") == ["Mine"]

    def test_expiring_ones_soonest_first(self, add, found, now):
        from datetime import timedelta

        day = now.date()
        add("Later", content=pdf("1"), expires_on=day + timedelta(days=20))
        add("Over", content=pdf("2"), expires_on=day - timedelta(days=2))
        add("Far", content=pdf("3"), expires_on=day + timedelta(days=90))
        add("Never", content=pdf("4"))
        assert found(view="expiring") == ["Over", "Later"]

    @pytest.mark.parametrize(
        "query",
        ["kind=poem", "owner=x", "owner=" + "9" * 40, "view=moon", "after=zzz", "industry=%00"],
    )
    def test_what_is_no_filter_is_left_out(self, add, client_of, rep, query):
        add()
        assert client_of(rep).get(f"/library/?{query}").status_code == 200


class TestPages:
    def test_every_row_stands_on_one_page_also_by_rank(self, add, rep, now):
        for n in range(7):
            add(f"Pump {n}", content=f"n{n}".encode(), name="a.txt")
        for text in ("", "pump"):
            seen, after = [], ""
            while True:
                part, lines = page(rep, Filters(text=text), now.date(), after=after, size=3)
                seen += [line.row["title"] for line in lines]
                after = part.next
                if not after:
                    break
            assert len(seen) == len(set(seen)) == 7

    def test_as_many_queries_for_many_as_for_one(self, add, rep, now, django_assert_num_queries):
        def look():
            page(rep, Filters(text="pump"), now.date(), after="")

        add("Pump one", content=b"1", name="a.txt", tags={"free": ["x"]}, read=True)
        with django_assert_num_queries(5):
            look()
        for n in range(5):
            add(
                f"Pump {n}", content=f"n{n}".encode(), name="a.txt", tags={"free": ["x"]}, read=True
            )
        with django_assert_num_queries(5):
            look()

    def test_control_k_finds_it_by_title(self, add, client_of, rep):
        row = add("Twin screw pumps")
        body = text_of(client_of(rep).get("/search/?q=twin screw"))
        assert f"/library/{row.pk}/" in body

    def test_somebody_without_the_permission_does_not(self, add, client_of, team):
        """The negative control."""
        from tests import factories

        row = add("Twin screw pumps")
        body = text_of(client_of(factories.UserFactory(team=team)).get("/search/?q=twin screw"))
        assert f"/library/{row.pk}/" not in body
        assert Material.objects.exists()
