"""Rules made in the browser against the rows of a file, as imports stage them (see bulk)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.db import connection

from crm.models import RECORDS, ValidationRule
from crm.services.validation import broken

CHUNK: Final = 2_000
OWN: Final = "custom_"
BESIDE: Final = frozenset({"row", "target"})


def staged_problems(kind: str) -> list[tuple[int, str, str]]:
    """What rules refuse of `staged`: (row, field of the import, words).

    A new record is judged as a whole; of one that is there only rules about what the file changes.
    Without rules nothing is read.
    """
    rules = list(
        ValidationRule.objects.filter(
            kind=kind, is_active=True, severity=ValidationRule.Severity.REFUSE
        ).order_by("pk")
    )
    if not rules:
        return []
    found = []
    for rows in _staged():
        keys = [row["target"] for row in rows if row["target"] is not None]
        there = RECORDS[kind]._default_manager.in_bulk(keys)
        for row in rows:
            values, known = _values(row), there.get(row["target"])
            about = None if known is None else values
            for field, words in broken(rules, values, known, about=about).items():
                found.append((row["row"], field.replace("custom.", OWN), words))
    return found


def _staged() -> Iterator[list[Mapping[str, Any]]]:
    """The rows, some at a time."""
    with connection.cursor() as sql:
        sql.execute("SELECT * FROM staged ORDER BY row")
        names = [column.name for column in sql.description or ()]
        while some := sql.fetchmany(CHUNK):
            yield [dict(zip(names, one, strict=True)) for one in some]


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says; an empty cell says nothing."""
    said = {n: v for n, v in row.items() if v is not None and n not in BESIDE}
    own = {n.removeprefix(OWN): v for n, v in said.items() if n.startswith(OWN)}
    values = {n: v for n, v in said.items() if not n.startswith(OWN)}
    return values | ({"custom": own} if own else {})
