"""One way into a log, whether XES or a table: its columns, its first rows, all of its rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from kit import tables
from kit.tables import Row, Table, TableError
from process.importing import stream, xes
from process.importing.refusals import LogRefused

SAMPLE_ROWS: Final = 3000
MOST_COLUMNS: Final = 500
MOST_HELD: Final = 8_000_000  # characters at once, of a sample or of a batch
ENCODINGS: Final = {"utf-8-sig": "UTF-8 with a mark"}
DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass
class Sample:
    """What the first rows look like. `activity` is what an XES file itself takes for the activity."""

    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    about: str = ""
    problem: str = ""
    activity: str = ""

    def cells(self, column: str) -> list[str]:
        if column not in self.columns:
            return []
        place = self.columns.index(column)
        return [row[place] for row in self.rows]

    def examples(self, column: str, *, most: int = 3) -> list[str]:
        """Some values of a column, as they come."""
        found = dict.fromkeys(cell.strip()[:40] for cell in self.cells(column) if cell.strip())
        return list(islice(found, most))


@dataclass(frozen=True)
class Source:
    """A log on the disk, under the name that people know."""

    path: Path
    name: str

    def sample(self) -> Sample:
        """The first rows; a file that cannot be read says why."""
        try:
            return self._of_xes() if stream.is_xes(self.path) else self._of_table()
        except (LogRefused, TableError) as refusal:
            return Sample(problem=str(refusal))

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """All rows, each with the cells of these columns, as text.

        :raises LogRefused: when the file lacks one of them, or cannot be read to its end.
        """
        if stream.is_xes(self.path):
            yield from xes.rows(self.path, columns)
            return
        try:
            yield from _picked(self._table(), columns)
        except TableError as refusal:
            raise LogRefused(str(refusal)) from refusal

    def _table(self) -> Table:
        return tables.read(self.path, name=self.name, allow_duplicate_headers=True)

    def _of_table(self) -> Sample:
        table = self._table()
        if len(table.columns) > MOST_COLUMNS:
            raise LogRefused(f"The file has more than {MOST_COLUMNS} columns.")
        first = next(batches(table.rows, SAMPLE_ROWS), [])
        rows = [row.values for row in first if row.problem is None]
        dialect = table.dialect
        encoding = ENCODINGS.get(dialect.encoding, dialect.encoding.upper())
        said = [encoding, DELIMITERS.get(dialect.delimiter, "")]
        words = [word for word in said if word] or ["a spreadsheet"]
        return Sample(table.columns, rows, ", ".join([*words, *table.notes]))

    def _of_xes(self) -> Sample:
        reader = xes.Reader(self.path)
        events = [e for e in _some(reader.events()) if e.problem is None]
        if not events:
            raise LogRefused("The log has no events.")
        counted = Counter(key for event in events for key in event.values)
        of_events = sorted(counted, key=lambda key: (-counted[key], key))
        of_traces = sorted({key for event in events for key in event.trace})
        columns = [*(xes.IN_TRACE + key for key in of_traces), *of_events][:MOST_COLUMNS]
        rows = [[event.get(column) for column in columns] for event in events]
        named = next((k for _, k in reader.head.classifiers if k in counted), "")
        activity = xes.NAME if xes.NAME in counted else named
        return Sample(columns, rows, "XES", activity=activity)


def batches(rows: Iterable[Row], most: int) -> Iterator[list[Row]]:
    """Rows by the thousand, fewer where they are long: cells may have a million characters each."""
    batch: list[Row] = []
    held = 0
    for row in rows:
        batch.append(row)
        held += sum(map(len, row.values))
        if len(batch) >= most or held >= MOST_HELD:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _some(events: Iterable[xes.Event]) -> Iterator[xes.Event]:
    held = 0
    for event in islice(events, SAMPLE_ROWS):
        yield event
        held += sum(map(len, event.values.values()))
        if held >= MOST_HELD:
            return


def _picked(table: Table, columns: Sequence[str]) -> Iterator[Row]:
    missing = sorted({c for c in columns if c not in table.columns})
    if missing:
        raise LogRefused(
            f"The file has no column {', '.join(f'“{c}”' for c in missing)}. "
            f"It has {', '.join(table.columns[:40])}."
        )
    places = [table.columns.index(column) for column in columns]
    pick: Any = itemgetter(*places) if len(places) > 1 else lambda values: [values[places[0]]]
    for row in table.rows:
        yield row if row.problem is not None else Row(row.number, pick(row.values))
