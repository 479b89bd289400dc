"""Sections of plain lines (kit.briefing) as the table of a paper."""

from collections.abc import Iterator, Sequence
from typing import Final

from kit.briefing import Section
from kit.markup import money
from kit.paper.model import Column

COLUMNS: Final = (Column("part", "About", 110), Column("text", "What there is to know", 0))
LONGEST: Final = 600  # a row is never cut in two, so none may fill a page


def rows_of(sections: Sequence[Section]) -> Iterator[dict[str, str]]:
    """Rows for `COLUMNS`; the title of a section stands beside its first line."""
    for section in sections:
        part = section.title
        for line in section.lines:
            yield {"part": part, "text": line.text[:LONGEST], "detail": line.note[:LONGEST]}
            part = ""
        for figure in section.figures:
            amount = money(figure.value, section.currency, 0)
            yield {"part": part, "text": f"{figure.label}: {amount}"}
            part = ""
        if part:
            yield {"part": part, "text": section.empty}
