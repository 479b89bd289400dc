"""Rules made in the browser against the rows of a file, as imports stage them (see bulk)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

from crm.models import RECORDS, ValidationRule
from crm.services import validation
from crm.services.bulk_upsert import Target
from crm.services.validation_trial import against

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
            about = None if known is None else validation.names_of(values, {})
            for field, words in validation.broken(rules, values, known, about=about).items():
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


@dataclass(frozen=True)
class StagedWarnings:
    """`rows` of the file that rules warn about; how many by rule (field, words, rows), most first;
    the first of them (row, field, words)."""

    rows: int
    rules: list[tuple[str, str, int]]
    first: list[tuple[int, str, str]]


def staged_warnings(kind: str, target: Target, *, on: date, most: int) -> StagedWarnings | None:
    """What rules that only warn say of the records that were just written from `staged`.

    A new record is judged as a whole, of one that was there only what the file changed: after
    `upsert`, `staged_delta` says that. The database decides, one statement for each rule; without
    such rules nothing is asked.

    :param on: the day that must not have passed.
    """
    rules = list(
        ValidationRule.objects.filter(
            kind=kind, is_active=True, severity=ValidationRule.Severity.WARN
        ).order_by("pk")
    )
    if not rules:
        return None
    with connection.cursor() as sql:
        sql.execute("DROP TABLE IF EXISTS staged_warned")
        sql.execute("CREATE TEMP TABLE staged_warned (rule bigint, row bigint) ON COMMIT DROP")
        for rule in rules:
            sql.execute(*_warned_rows(rule, target, on))
        sql.execute("SELECT count(DISTINCT row) FROM staged_warned")
        (rows,) = sql.fetchone()
        sql.execute("SELECT rule, count(*) FROM staged_warned GROUP BY 1 ORDER BY 2 DESC, 1")
        counts = sql.fetchall()
        sql.execute("SELECT row, rule FROM staged_warned ORDER BY 1, 2 LIMIT %s", [most])
        first = sql.fetchall()
    by_pk = {rule.pk: (rule.field, rule.message) for rule in rules}
    return StagedWarnings(
        rows, [(*by_pk[pk], n) for pk, n in counts], [(row, *by_pk[pk]) for row, pk in first]
    )


def _warned_rows(rule: ValidationRule, target: Target, on: date) -> tuple[str, list[Any]]:
    """The statement, with its values, that finds the rows whose records break the rule."""
    model = RECORDS[rule.kind]
    bad = model._default_manager.order_by().filter(against(rule, on)).values("pk")
    condition, values = bad.query.sql_with_params()
    names = [_column(model, name) for name in (rule.field, rule.when_field) if name]
    statement = f"""
        INSERT INTO staged_warned
        SELECT %s, s.row FROM staged s
        LEFT JOIN staged_delta d ON d.subject = %s AND d.id = s.target
        WHERE (s.target IS NULL OR d.delta ?| %s) AND coalesce(s.target, s.made_id) IN ({condition})
    """  # noqa: S608 - the condition is Django's
    return statement, [rule.pk, target.subject, names, *values]


def _column(model: Any, name: str) -> str:
    """A field of a rule as `staged_delta` calls it."""
    return name if "." in name else str(model._meta.get_field(name).attname)
