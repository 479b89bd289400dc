"""Set-based writes: rows that a file brought wait in temporary tables of the session.

Whoever imports fills `staged` (and `staged_lines`): `row` is the number that a person sees in the
file, `target` the key of the record that a row changes, empty for a new one. Apps offer checks
(SELECTs that name what is wrong) and verbs (a few statements, each over all rows).
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

# A check yields (in the lines' file?, row, column, reason).
Checks = Sequence[str]
# The trigram indexes take a file's rows in one go instead of many small ones.
PENDING: Final = "SET LOCAL gin_pending_list_limit = '256MB'"


class Refused(Exception):
    """The rows cannot be written as they are; the message is fit for people to read."""


@dataclass(frozen=True)
class Written:
    """How many records a file made, changed, and found as they were."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0


def run(statement: str, values: Mapping[str, Any] | None = None) -> int:
    """Run one statement over all staged rows; returns how many rows it touched."""
    with connection.cursor() as sql:
        sql.execute(statement, dict(values or {}))
        return int(sql.rowcount)


def number(statement: str, values: Mapping[str, Any] | None = None) -> int:
    """The one number that a SELECT answers."""
    with connection.cursor() as sql:
        sql.execute(statement, dict(values or {}))
        return int(sql.fetchone()[0])


def copy(
    table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: Sequence[str] = ()
) -> None:
    """COPY rows of Python values into a table; None is NULL, and so is an empty text unless its
    column is in `empty`."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)  # so that a lone CR is quoted too
    buffer.seek(0)
    into = f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv"
    into += f", FORCE_NOT_NULL ({', '.join(empty)}))" if empty else ")"
    with connection.cursor() as sql:
        sql.cursor.copy_expert(into, buffer)


def twice(key: str, words: str, *, where: str = "true", column: str = "") -> str:
    """A check: rows whose `key` stood in an earlier row of the file already."""
    return f"""
        SELECT false, row, '{column or key}', '{words} row ' || first || '.'
        FROM (SELECT row, min(row) OVER (PARTITION BY {key}) AS first FROM staged
              WHERE {key} IS NOT NULL AND {where}) AS again
        WHERE row <> first
    """


def columns(table: str) -> list[str]:
    """The columns of a table, in their order."""
    with connection.cursor() as sql:
        sql.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum", [table],
        )  # fmt: skip
        return [name for (name,) in sql.fetchall()]


def sequence(table: str) -> str:
    """The sequence that numbers the rows of a table. Asked once: as part of a default it would be
    looked up for every row."""
    with connection.cursor() as sql:
        sql.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        return str(sql.fetchone()[0])


def journal(
    subject: str, name: str, account: str, source: str, action: str, *, at: str = "%(at)s"
) -> str:
    """Entries for every record of `source` (a FROM clause with `id` and `data`)."""
    return f"""
        INSERT INTO journal_entry (at, action, actor_id, actor_name, subject_type, subject_id,
                                   subject_name, account_id, data)
        SELECT {at}, '{action}', %(by)s, %(by_name)s, '{subject}', made.id,
               left({name}, 200), {account}, made.data || %(data)s::jsonb
        FROM {source} AS made
    """


def actor(by: Any, at: Any, data: str) -> dict[str, Any]:
    """Values that every verb's statements share; `data` is JSON for the journal."""
    return {
        "at": at,
        "by": None if by is None else by.pk,
        "by_name": "" if by is None else by.get_full_name()[:200],
        "data": data,
    }


def update(table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> int:
    """Write some columns of many rows by `id` in one statement; `types` are the SQL types.

    Django's bulk_update says the same with a CASE for each row and column: many times slower.
    """
    if not rows:
        return 0
    sets = ", ".join(f"{name} = r.{name}" for name in types)
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    statement = (
        f"UPDATE {table} t SET {sets}"
        f" FROM jsonb_to_recordset(%s::jsonb) AS r(id bigint, {columns}) WHERE t.id = r.id"
    )
    with connection.cursor() as sql:
        sql.execute(statement, [json.dumps(list(rows), default=str)])
        return int(sql.rowcount)
