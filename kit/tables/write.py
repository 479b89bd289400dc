"""Tables out: csv and xlsx, with cells that a spreadsheet would run made harmless."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(DANGEROUS):
        return "'" + value
    return value


class _Echo:
    def write(self, line: str) -> str:
        return line


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A csv file, line by line; begins with a byte order mark so that Excel reads UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow([harmless(c) for c in columns]))
    for row in rows:
        yield str(writer.writerow([_text(v) for v in row]))


def _text(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return harmless(value)


def write_xlsx(stream: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """An xlsx file, written row by row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([harmless(c) for c in columns])
    for row in rows:
        sheet.append([_cell(v) for v in row])
    book.save(stream)


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)  # a workbook cannot hold them
    return harmless(value)
