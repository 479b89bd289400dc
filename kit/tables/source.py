"""What a table is: columns, rows with their numbers, and how it was read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class TableError(Exception):
    """The file cannot be read as a table; the message is fit for people to read."""


class Row(NamedTuple):
    """`number` is the line or sheet row that a person sees; `problem`: why it was not read."""

    number: int
    values: list[Any]
    problem: str | None = None


@dataclass(frozen=True)
class Dialect:
    """How the file was understood."""

    kind: str
    encoding: str = ""
    delimiter: str = ""


@dataclass
class Table:
    """Columns and a stream of rows, each with as many values as there are columns, or a problem."""

    columns: list[str]
    rows: Iterator[Row]
    dialect: Dialect
    notes: list[str] = field(default_factory=list)


def check_columns(values: list[Any], *, allow_duplicates: bool) -> list[str]:
    """Names of the columns.

    :raises TableError: for a header without names, or with the same name twice.
    """
    names = ["" if v is None else str(v).strip() for v in values]
    while names and not names[-1]:
        names.pop()
    if not names or not any(names):
        raise TableError("The first line has no column names.")
    seen: dict[str, int] = {}
    result = []
    for position, name in enumerate(names, 1):
        key = name or f"column {position}"
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1 and not allow_duplicates:
            raise TableError(f"The column “{key}” stands twice in the header. Rename one of them.")
        result.append(key if seen[key] == 1 else f"{key} ({seen[key]})")
    return result


def fit(number: int, values: list[Any], width: int, most: int) -> Row:
    """A row of the right width, or one that says how wide it was; nothing is shifted.

    :param most: how wide the header or nearly all rows are; empty cells up to there are dropped.
        Further ones are not: what is between them may have been shifted.
    """
    if len(values) == width:
        return Row(number, values)
    if width < len(values) <= most and not any(values[width:]):
        return Row(number, values[:width])
    return Row(number, values, f"The row has {len(values)} values, the header has {width}.")
