"""How the rows of a text are written: delimiter, quotes, escapes, and where the header stands."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from kit.tables.source import TableError

DELIMITERS: Final = (",", ";", "\t", "|")
LOOKED_AT: Final = 500
FURTHEST: Final = 40  # a preamble is shorter
MOSTLY: Final = 0.9
FAINT: Final = 0.3
LONGEST_NAME: Final = 120
_YEAR: Final = re.compile(r"(19|20|21)\d\d([-/]\d\d(\d\d)?)?$")
_LETTER: Final = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Shape:
    """`usual` is the width that nearly all rows have, 0 where they differ; `header`: its place."""

    delimiter: str
    quote: str
    escape: str | None
    spaced: bool
    usual: int
    header: int

    @property
    def reading(self) -> dict[str, Any]:
        """Options of csv.reader; strict, so that a quotation mark in the wrong place is told."""
        return {
            "delimiter": self.delimiter, "quotechar": self.quote, "escapechar": self.escape,
            "skipinitialspace": self.spaced, "strict": True,
        }  # fmt: skip


def shape_of(text: str, *, full: bool, name: str = "", delimiter: str | None = None) -> Shape:
    """How a sample is written.

    :param full: whether the sample is the whole file; else its last line may be cut.
    :raises TableError: when the names of the columns take more than one row.
    """
    if not full:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    delimiter = delimiter or _delimiter_of(text, name)
    quote = _quote_of(text, delimiter)
    escape, spaced = _escape_of(text, delimiter, quote), _spaced(text, delimiter, quote)
    rows = _parsed(text, delimiter, quotechar=quote, escapechar=escape, skipinitialspace=spaced)
    return Shape(delimiter, quote, escape, spaced, usual_width(rows), header_at(rows))


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """The width of nearly all rows, 0 if they differ."""
    widths = Counter(len(row) for row in rows if row)
    if not widths:
        return 0
    width, count = widths.most_common(1)[0]
    return width if count >= MOSTLY * sum(widths.values()) else 0


def header_at(rows: Sequence[Sequence[str]]) -> int:
    """The place of the header: the first row with something in it, or the first full one below
    titles and remarks that fill less than half of the usual width.

    What cannot be told stays the first row; the rows then say that they do not fit.

    :raises TableError: when a row below goes on with the names.
    """
    first = next((i for i, row in enumerate(rows) if _filled(row)), 0)
    widths = Counter(len(row) for row in rows[first:] if row)
    if not widths:
        return first
    usual = max(widths, key=lambda w: (widths[w], w))
    if 2 * widths[usual] < sum(widths.values()):
        return first
    found = next(
        (i for i, row in enumerate(rows[: first + FURTHEST])
         if 2 * _filled(row) > usual and len(row) >= usual),
        first,
    )  # fmt: skip
    if found <= first or not _are_names(rows[found]):
        return first
    below = next((row for row in rows[found + 1 :] if _filled(row)), None)
    if below and not below[0].strip() and not any(c.isdigit() for cell in below for c in cell):
        raise TableError(
            "The names of the columns stand in more than one row. Put them into one, without a "
            "title above."
        )
    return found


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _are_names(row: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in row if cell.strip()]
    return all(_LETTER.search(cell) and len(cell) <= LONGEST_NAME for cell in cells)


def no_values_for_names(names: Sequence[str]) -> None:
    """Refuse a header that is a row of figures, for then the first record would be lost; years
    are names.

    :raises TableError: if half of the names have no letter.
    """
    figures = [n for n in names if not _LETTER.search(n) and not _YEAR.match(n)]
    if len(names) > 1 and 2 * len(figures) >= len(names):
        raise TableError(
            "The first row holds values, not the names of columns. Add a row of names above."
        )


def _parsed(text: str, delimiter: str, **options: Any) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, **options):
            rows.append(row)
            if len(rows) == LOOKED_AT:
                break
    except csv.Error:
        return rows
    return rows


def _delimiter_of(text: str, name: str) -> str:
    """The delimiter under which the rows of a sample are most alike and have most cells."""
    best, best_score = ("\t" if name.lower().endswith((".tsv", ".tab")) else ","), 0.0
    for candidate in DELIMITERS:
        score = _alike(text, candidate)
        if score > best_score * 1.01:
            best, best_score = candidate, score
    # Spaces divide cells only where cells with spaces are quoted: names have spaces too.
    if best_score < FAINT and re.search(r'(?m)(^| )"[^"\r\n]* [^"\r\n]*" ', text):
        top = text.lstrip().splitlines()[0]
        if top.count(" ") > 1 and best not in top:
            return " "
    return best


def _alike(text: str, delimiter: str) -> float:
    """0 for one column; else the share of rows of the usual width, times a little for width."""
    rows = [row for row in _parsed(text, delimiter) if row]
    widths = Counter(len(row) for row in rows)
    if not widths:
        return 0.0
    usual = max(widths, key=lambda w: (widths[w], w))
    if usual == 1:
        return 0.0
    share = widths[usual] / len(rows)
    return share**2 * (1 - 1 / (usual + 1)) * (1.1 if len(rows[0]) == usual else 1)


def _quote_of(text: str, delimiter: str) -> str:
    """A single quote where cells stand in such and none in double ones."""
    edge = re.escape(delimiter)
    quoted = r"(?m)(?:^|{0}){1}[^{1}\r\n]*{1}(?=[\r\n]|{0}|\Z)"
    if re.search(quoted.format(edge, '"'), text):
        return '"'
    return "'" if len(re.findall(quoted.format(edge, "'"), text)) > 1 else '"'


def _escape_of(text: str, delimiter: str, quote: str) -> str | None:
    r"""A backslash where each stands before a quote, and \" never ends a cell (a path may)."""
    if f"\\{quote}" not in text or re.search(rf"\\[^{quote}\\]", text):
        return None
    return None if re.search(rf"\\{quote}({re.escape(delimiter)}|[\r\n]|\Z)", text) else "\\"


def _spaced(text: str, delimiter: str, quote: str) -> bool:
    """Whether each quoted cell has a space in front of it."""
    edge = re.escape(delimiter)
    return (
        delimiter != " "
        and re.search(rf"{edge} +{quote}", text) is not None
        and re.search(rf"{edge}{quote}", text) is None
    )
