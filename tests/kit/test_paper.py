"""Papers: every script, every page numbered, nothing lost and nothing off the page."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from kit.paper import Column, Company, Paper, Total, missing, render
from kit.paper.fonts import width, wrap

COLUMNS = (
    Column("pos", "#", 20),
    Column("text", "Product", 0),
    Column("net", "Net", 70, right=True),
)
SCRIPTS = ["Łódź, Ćma, Größe, Ñandú", "5 € and £ 3", "Αθήνα", "Кириллица", "上海水泵", "東京ポンプ",
           "한국펌프"]  # fmt: skip


def paper(rows=3, text="Vertical multistage pump", to=("Northgate Water",), **more):
    lines = [{"pos": str(i + 1), "text": text, "net": f"{i}.00"} for i in range(rows)]
    return Paper("Quote", "Q-1", Company("Halden Flow", ("Waalhaven 12",), ("VAT 1",)), to, COLUMNS,
                 lines, totals=[Total("Total", "€12.00", strong=True)], **more)  # fmt: skip


def words(content):
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


class TestScripts:
    @pytest.mark.parametrize("text", SCRIPTS)
    def test_what_is_written_comes_out(self, text):
        assert text in words(render(paper(to=(text,))))[0]

    @pytest.mark.parametrize("text", ["شركة المياه", "חברת מים"])
    def test_right_to_left_can_be_drawn_whole(self, text):
        assert missing(text) == set()

    def test_what_no_font_has_is_named_and_drawn_as_a_box(self):
        assert missing("pump 𓀀") == {"𓀀"}
        assert "□" in words(render(paper(to=("pump 𓀀",))))[0]

    def test_one_font_alone_would_lose_names(self):
        assert missing("上海", ("Plain",)) == {"上", "海"}


class TestPages:
    def test_each_page_is_numbered_and_has_the_table_head(self):
        pages = words(render(paper(rows=120)))
        assert len(pages) > 2
        for number, text in enumerate(pages, 1):
            assert f"Page {number} of {len(pages)}" in text
        assert all("Product" in text for text in pages[:-1])

    def test_no_row_is_lost(self):
        text = "\n".join(words(render(paper(rows=500))))
        assert text.count("Vertical multistage pump") == 500

    def test_the_same_paper_gives_the_same_bytes(self):
        assert render(paper()) == render(paper())

    def test_a_long_name_wraps_within_its_room(self):
        lines = wrap("Stainless " * 40 + "x" * 200, 9, 200)
        assert len(lines) > 4
        assert all(width(line, 9) <= 200 for line in lines)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_printed(text):
    content = render(paper(text=text, to=(text,), intro=text))
    assert content.startswith(b"%PDF")
