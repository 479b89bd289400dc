"""The files of a run: where they lie, how they open, and what their first rows look like."""

import gzip
import zipfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from imports import mapping
from imports.kind import Kind
from imports.mapping import Map, MapError
from imports.models import ImportRun
from imports.samples import Sample
from kit import tables
from kit.tables import Table

SAMPLE_ROWS: Final = 2000


@dataclass(frozen=True)
class Source:
    """A file of a run, under the name that people know."""

    path: Path
    name: str

    def table(self, how: Map) -> Table:
        return tables.read(
            self.path, name=self.name, delimiter=how.delimiter, encoding=how.encoding,
            allow_duplicate_headers=how.allow_duplicate_headers,
        )  # fmt: skip


@dataclass(frozen=True)
class Sources:
    main: Source
    lines: Source | None = None


def stored(name: str) -> Path:
    return Path(settings.UPLOAD_DIR) / name


def opened(run: ImportRun) -> Sources:
    """The files that were uploaded for a run.

    :raises MapError: when they are gone.
    """
    if not run.stored_as or not stored(run.stored_as).exists():
        raise MapError("The file is kept for a week only. Upload it again.")
    lines = None
    if run.lines_stored_as:
        lines = Source(stored(run.lines_stored_as), run.lines_name)
    return Sources(Source(stored(run.stored_as), run.file_name), lines)


def from_folder(path: Path, how: Map) -> Sources:
    """A file on this machine; its lines' file is looked for beside it.

    :raises MapError: when one of them is not there.
    """
    if not path.is_file():
        raise MapError(f"There is no file {path}.")
    if not how.line_columns:
        return Sources(Source(path, path.name))
    beside = path.parent / Path(how.lines_file).name
    if not beside.is_file():
        raise MapError(f"There is no file {beside}: the map wants the lines from it.")
    return Sources(Source(path, path.name), Source(beside, beside.name))


def sample(source: Source, how: Map | None = None) -> Sample:
    """The first rows of a file; a file that is no table says why."""
    try:
        table = source.table(how or Map({}, allow_duplicate_headers=True))
        rows = [r.values for r in islice(table.rows, SAMPLE_ROWS) if r.problem is None]
    except tables.TableError as refusal:
        return Sample(problem=str(refusal))
    dialect = table.dialect
    words = [dialect.encoding.upper().replace("UTF-8-SIG", "UTF-8 with a mark")]
    words += {",": ["commas"], ";": ["semicolons"], "\t": ["tabs"], "|": ["bars"]}.get(
        dialect.delimiter, []
    )
    said = [w for w in words if w] or ["a spreadsheet"]
    return Sample(table.columns, rows, ", ".join([*said, *table.notes]))


def guessed(kind: Kind, path: Path, lines: Path | None = None) -> dict[str, Any]:
    """The map that comes with the portal for such a file, else what its columns and first rows
    suggest.

    :raises MapError: if the file is no table.
    """
    found = _readable(path)
    second = None if lines is None else _readable(lines)
    known = mapping.recognised(kind, found.columns, second.columns if second else None)
    if known is not None:
        return known
    own = kind.fields if second else (*kind.fields, *kind.lines)
    raw: dict[str, Any] = {"columns": mapping.guess(kind, found.columns, fields=own)}
    cells = {name: found.cells(column) for name, column in raw["columns"].items()}
    if second is not None:
        of_lines = mapping.guess(kind, second.columns, fields=(kind.field("number"), *kind.lines))
        raw["lines"] = {"columns": of_lines}
        cells |= {name: second.cells(column) for name, column in of_lines.items()}
    return raw | mapping.guess_reading(cells, (*kind.fields, *kind.lines))


def _readable(path: Path) -> Sample:
    found = sample(Source(path, path.name))
    if found.problem:
        raise MapError(found.problem)
    return found


def about_how_many(source: Source) -> int | None:
    """Lines of a text file, the header left out; None for a spreadsheet. Quoted line breaks count
    too: it is for a progress bar."""
    if zipfile.is_zipfile(source.path):
        return None
    with source.path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    opening = gzip.open if packed else open
    try:
        with opening(source.path, "rb") as stream:
            lines = sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
    except (OSError, EOFError):
        return None
    return max(lines - 1, 0)


def place_of(columns: list[str], wanted: dict[str, str]) -> dict[str, int]:
    """{field: place of its column}.

    :raises MapError: naming columns that the file does not have.
    """
    missing = sorted({c for c in wanted.values() if c not in columns})
    if missing:
        raise MapError(
            f"The file has no column {', '.join(f'“{c}”' for c in missing)}. "
            f"It has {', '.join(columns[:40])}."
        )
    return {name: columns.index(column) for name, column in wanted.items()}
