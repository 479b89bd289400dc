"""xlsx, xls and ods through calamine, after a look at what the archive would unfold to."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from kit.tables.dialects import LOOKED_AT, header_at
from kit.tables.source import Dialect, Row, Table, TableError, check_columns, fit

MOST_UNFOLDED: Final = 400 * 1024**2
MOST_RATIO: Final = 200


def read_sheet(path: Path, *, sheet: str | None, duplicates: bool) -> Table:
    """The named sheet, or the first that has something in it; a note says which others there are."""
    _no_bomb(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        names = [sheet] if sheet else list(book.sheet_names)
        rows: list[list[Any]] = []
        name = ""
        for name in names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if any(any(v not in ("", None) for v in row) for row in rows):
                break
    except (CalamineError, OSError, ValueError, KeyError) as wrong:
        raise TableError(f"The spreadsheet cannot be read: {wrong}.") from wrong
    top = [[_plain(v) for v in row] for row in rows[:LOOKED_AT]]
    start = header_at(top)
    if not any(any(row) for row in top[start : start + 1]):
        raise TableError("The file is empty.")
    columns = check_columns(top[start], allow_duplicates=duplicates)
    others = [other for other in names if other != name]
    notes = [f"the sheet “{name}”, not {', '.join(f'“{o}”' for o in others[:5])}"] if others else []
    if start:
        notes.append(f"{start} rows above the names of the columns")
    return Table(columns, _rows(rows, start, len(columns)), Dialect("sheet"), notes)


def _rows(rows: list[list[Any]], start: int, width: int) -> Iterator[Row]:
    for index in range(start + 1, len(rows)):
        values = [_plain(v) for v in rows[index]]
        if any(values):
            padded = values + [""] * (width - len(values))
            yield fit(index + 1, padded, width, len(padded))


def _plain(value: Any) -> str:
    """A cell as text that the value parsers read back: ISO dates, plain numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    return str(value)


def _no_bomb(path: Path) -> None:
    """Refuse an archive that unfolds to more than a sheet ever does, before unfolding it."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unfolded = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError) as broken:
        raise TableError("The spreadsheet is damaged.") from broken
    ratio = unfolded / max(path.stat().st_size, 1)
    if unfolded > MOST_UNFOLDED or (ratio > MOST_RATIO and unfolded > 50 * 1024**2):
        raise TableError("The spreadsheet unfolds to more than can be read.")
