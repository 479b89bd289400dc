"""Rows of a file into temporary tables: typed, or reported with their number, column and reason."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.db import connection

from imports.fields import Field, Parse, Reading, parser
from imports.kind import Kind
from imports.mapping import Map
from imports.models import ImportRun
from imports.services.sources import Source, place_of
from kit import bulk
from kit.tables import Row
from kit.tables.values import ValueProblem

BATCH: Final = 5000
LONGEST: Final = "30min"  # as long as the lease of a run
LONGEST_WAIT: Final = "1min"
MEMORY: Final = "64MB"  # the rows of most files are sorted and joined in it
Progress = Callable[[int], None]
Problem = tuple[int, bool, int, str, str]
_PROBLEM_COLUMNS: Final = ("run_id", "in_lines", "row", '"column"', "reason")
_KEEP: Final = """
INSERT INTO imports_importproblem (run_id, in_lines, row, "column", reason)
SELECT %(run)s, found.in_lines, found.row, coalesce(m.column_name, found.field), left(reason, 500)
FROM ({check}) AS found (in_lines, row, field, reason)
LEFT JOIN unnest(%(fields)s::text[], %(columns)s::text[], %(sides)s::boolean[])
    AS m (field, column_name, in_lines)
    ON m.field = found.field AND m.in_lines = found.in_lines
ORDER BY found.row
"""


@dataclass(frozen=True)
class Plan:
    """How a row becomes values: (field, place in the row, parser), and the constants."""

    cells: list[tuple[str, str, int, Parse]]
    constants: list[tuple[str, Any]]
    key: int | None  # which of the cells names the order

    @property
    def columns(self) -> list[str]:
        return ["row", *(name for name, *_ in self.cells), *(name for name, _ in self.constants)]


def create_tables(kind: Kind) -> None:
    """Empty `staged` and the tables beside it in this session, which may take its time: a page must
    answer within a minute, a file need not."""
    drop_tables()
    with connection.cursor() as sql:
        sql.execute(
            f"SET statement_timeout = '{LONGEST}'; SET lock_timeout = '{LONGEST_WAIT}';"
            f" SET work_mem = '{MEMORY}'"
        )
    columns = [f"{f.name} {f.sql_type}" for f in (*kind.fields, *kind.lines)]
    columns += [f"{name} {sql}" for name, sql in (kind.keys or {}).items()]
    if kind.target:  # the key that a new record of the row would have, so that others can name it
        keys = f"nextval('{bulk.sequence(kind.target.table)}'::regclass)"
        columns += [f"made_id bigint DEFAULT {keys}", "many bigint"]
    lines = [f"{f.name} {f.sql_type}" for f in kind.lines]
    with connection.cursor() as sql:
        sql.execute(f"CREATE TEMP TABLE staged (row bigint, target bigint, {', '.join(columns)})")
        more = ", ".join(["row bigint", "number text", "product_id bigint", *lines])
        sql.execute(f"CREATE TEMP TABLE staged_lines ({more})")
        sql.execute(
            "CREATE TEMP TABLE staged_delta (subject text, row bigint, id bigint, delta jsonb)"
        )
        sql.execute("CREATE TEMP TABLE staged_made (subject text, id bigint)")
        sql.execute("CREATE TEMP TABLE staged_bad (number text, row bigint, in_lines boolean)")


def drop_tables() -> None:
    with connection.cursor() as sql:
        sql.execute("RESET statement_timeout; RESET lock_timeout; RESET work_mem")
        sql.execute(
            "DROP TABLE IF EXISTS staged, staged_lines, staged_bad, staged_delta, staged_made"
        )


def plan(
    fields: Sequence[Field], columns: Mapping[str, str], constants: Mapping[str, str], how: Reading,
    header: list[str],
) -> Plan:  # fmt: skip
    """How the rows of a file with this header are read.

    :raises MapError: naming columns that the file does not have.
    """
    by_name = {f.name: f for f in fields}
    places = place_of(header, dict(columns))
    cells = [(n, columns[n], place, parser(by_name[n], how)) for n, place in places.items()]
    fixed = [
        (n, parser(by_name[n], how)(v)) for n, v in constants.items()
        if n in by_name and n not in places
    ]  # fmt: skip
    names = [name for name, *_ in cells]
    return Plan(cells, fixed, names.index("number") if "number" in names else None)


def fill(
    run: ImportRun, source: Source, how: Map, fields: Sequence[Field], *, table: str,
    in_lines: bool, progress: Progress,
) -> int:  # fmt: skip
    """Read a file into `table`; returns how many rows it had. Memory does not grow with the file.

    :raises TableError: if it cannot be read as a table.
    :raises MapError: if it lacks a column.
    """
    found = source.table(how)
    columns = how.line_columns if in_lines else how.columns
    steps = plan(fields, columns, how.constants, how.how, found.columns)
    total = 0
    while batch := list(islice(found.rows, BATCH)):
        total += len(batch)
        good, problems, lost = _read(batch, steps, run.pk, in_lines=in_lines)
        bulk.copy(table, steps.columns, good)
        if problems:
            bulk.copy("imports_importproblem", _PROBLEM_COLUMNS, problems, empty=['"column"'])
            bulk.copy("staged_bad", ("number", "row", "in_lines"), lost)
        progress(len(batch))
    return total


def _read(
    batch: Sequence[Row], steps: Plan, run: int, *, in_lines: bool
) -> tuple[Iterator[tuple[Any, ...]], list[Problem], list[tuple[Any, int, bool]]]:
    """Column by column: rows of values, problems, and the bad rows with the order they name."""
    problems: list[Problem] = []
    bad = {i for i, row in enumerate(batch) if row.problem is not None}
    problems += [(run, in_lines, batch[i].number, "", str(batch[i].problem)) for i in sorted(bad)]
    ragged = frozenset(bad)
    columns: list[list[Any]] = []
    for _, column, place, parse in steps.cells:
        out, wrong = _column(batch, ragged, place, parse)
        columns.append(out)
        bad |= wrong.keys()
        problems += [
            (run, in_lines, batch[i].number, column[:200], why[:500]) for i, why in wrong.items()
        ]
    columns += [[value] * len(batch) for _, value in steps.constants]
    key = steps.key
    lost = [
        (None if key is None else columns[key][i], batch[i].number, in_lines) for i in sorted(bad)
    ]
    numbers = [row.number for row in batch]
    rows = zip(numbers, *columns, strict=True)
    good = (row for i, row in enumerate(rows) if i not in bad) if bad else rows
    return iter(good), sorted(problems, key=lambda p: p[2]), lost


def _column(
    batch: Sequence[Row], ragged: frozenset[int], place: int, parse: Parse
) -> tuple[list[Any], dict[int, str]]:
    """The values of one column, and {row: why} where there is none; in one go where all are good."""
    if not ragged:
        with suppress(ValueProblem):
            return [parse(values[place]) for _, values, _ in batch], {}
    out: list[Any] = []
    wrong: dict[int, str] = {}
    for i, row in enumerate(batch):
        try:
            out.append(None if i in ragged else parse(row.values[place]))
        except ValueProblem as why:
            out.append(None)
            wrong[i] = str(why)
    return out, wrong


_FOUND: Final = """
SELECT false, r, f, w
FROM unnest(%(found_rows)s::bigint[], %(found_fields)s::text[], %(found_words)s::text[]) AS t(r, f, w)
"""


def keep_found(run: ImportRun, how: Map, found: Sequence[tuple[int, str, str]]) -> None:
    """Keep what was found row by row: (row, field, words)."""
    if found:
        rows, fields, words = (list(part) for part in zip(*found, strict=True))
        more = {"found_rows": rows, "found_fields": fields, "found_words": words}
        keep_problems(run, how, (_FOUND,), more)


def keep_problems(
    run: ImportRun, how: Map, checks: bulk.Checks, more: Mapping[str, Any] | None = None
) -> int:
    """Run checks over what is staged, keep what they find, take the bad rows out."""
    names = [(f, c, False) for f, c in how.columns.items()]
    names += [(f, c, True) for f, c in how.line_columns.items()]
    if not how.line_columns:
        names += [(f, c, True) for f, c in how.columns.items()]
    values = {
        "run": run.pk, "fields": [n[0] for n in names], "columns": [n[1] for n in names],
        "sides": [n[2] for n in names], **(more or {}),
    }  # fmt: skip
    found = sum(bulk.run(_KEEP.format(check=check), values) for check in checks)
    if found:
        _take_out(run)
    return found


def _take_out(run: ImportRun) -> None:
    """Bad rows leave the tables; which orders they belonged to is remembered."""
    for table, in_lines in (("staged", False), ("staged_lines", True)):
        bulk.run(
            f"""
            WITH gone AS (
                DELETE FROM {table} WHERE row IN (
                    SELECT row FROM imports_importproblem
                    WHERE run_id = %(run)s AND in_lines = %(lines)s)
                RETURNING to_jsonb({table}) ->> 'number' AS number, row
            )
            INSERT INTO staged_bad (number, row, in_lines) SELECT number, row, %(lines)s FROM gone
            """,
            {"run": run.pk, "lines": in_lines},
        )


def analyze() -> None:
    """Temporary tables are analysed by nobody else; without it the joins are planned blindly. A small
    sample tells enough."""
    with connection.cursor() as sql:
        sql.execute("SET default_statistics_target = 10")
        sql.execute("ANALYZE staged")
        sql.execute("ANALYZE staged_lines")
        sql.execute("RESET default_statistics_target")


def left(kind: Kind, *, joined: bool) -> int:
    """Rows of the file that are good; lines whose order was left out are not."""
    if not kind.lines:
        return bulk.number("SELECT count(*) FROM staged")
    bulk.run("DELETE FROM staged_lines l WHERE NOT EXISTS"
             " (SELECT FROM staged s WHERE s.number = l.number)")  # fmt: skip
    lines = bulk.number("SELECT count(*) FROM staged_lines")
    return lines + (bulk.number("SELECT count(*) FROM staged") if joined else 0)
