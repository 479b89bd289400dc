"""One way in for every table file."""

import zipfile
from pathlib import Path

from kit.tables.sheets import read_sheet
from kit.tables.source import Table, TableError
from kit.tables.text import read_text

OLE = b"\xd0\xcf\x11\xe0"


def read(
    path: Path,
    *,
    name: str = "",
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    allow_duplicate_headers: bool = False,
) -> Table:
    """Read `path` as a table; what it is, is decided by its bytes, not by its name.

    Text is streamed. Blank rows are skipped; a row of the wrong width comes with its problem.

    :param name: the name that a person gave the file, for messages and for `.tsv`.
    :raises TableError: if it is no table; raised while iterating for damage further down.
    """
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(OLE) or zipfile.is_zipfile(path):
        return read_sheet(path, sheet=sheet, duplicates=allow_duplicate_headers)
    if head.startswith(b"%PDF"):
        raise TableError("This is a PDF. Save the table as CSV or as a spreadsheet.")
    return read_text(
        path,
        name or path.name,
        delimiter=delimiter,
        encoding=encoding,
        duplicates=allow_duplicate_headers,
    )
