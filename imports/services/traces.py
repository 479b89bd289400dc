"""What a run says otherwise than our records, for people to see; and what it did, to be taken back."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from crm import services as crm
from crm.models import Account, Contact, Deal, Lead, LostReason, Pipeline, Stage, Territory
from crm.services.validation import label_of
from imports.kind import Kind
from imports.mapping import Map
from imports.models import ImportRun
from kit import bulk
from people.models import User

SHOWN: Final = 200
WARNINGS_SHOWN: Final = 50
FOLLOWS: Final = frozenset({"status", "stage_since", "status_since", "pipeline_id"})  # from others
NAMES: Final[Mapping[str, Any]] = {
    "owner_id": User, "by_id": User, "territory_id": Territory, "parent_id": Account,
    "account_id": Account, "contact_id": Contact, "deal_id": Deal, "lead_id": Lead,
    "stage_id": Stage, "pipeline_id": Pipeline, "lost_reason_id": LostReason,
}  # fmt: skip
MOST_SPANS: Final = 1000
_SPANS: Final = """
SELECT subject, min(id), max(id) FROM (
    SELECT subject, id, id - row_number() OVER (PARTITION BY subject ORDER BY id) AS gap FROM staged_made
) AS numbered GROUP BY subject, gap ORDER BY 1, 2 LIMIT %s
"""
_EMPTY: Final = "value -> 0 IN ('null', '\"\"', '[]', '{}')"


def compared(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Compare the staged rows with our records: {records, fields, rows}, the first 200 rows."""
    if not crm.compare(kind.target, values):
        return {}
    with connection.cursor() as sql:
        sql.execute(
            f"SELECT key, count(*) FILTER (WHERE NOT {_EMPTY}), count(*) FILTER (WHERE {_EMPTY})"  # noqa: S608
            " FROM staged_delta, jsonb_each(delta) GROUP BY 1"
        )
        counts = {key: [clash, fill] for key, clash, fill in sql.fetchall()}
        sql.execute("SELECT count(*) FROM staged_delta")
        (records,) = sql.fetchone()
        sql.execute(
            f"SELECT d.row, d.id, t.{kind.target.name}, d.delta FROM staged_delta d"  # noqa: S608
            f" JOIN {kind.target.table} t ON t.id = d.id"
            f" WHERE EXISTS (SELECT FROM jsonb_each(d.delta) WHERE NOT {_EMPTY})"
            f" ORDER BY d.row LIMIT {SHOWN}"
        )
        rows = [(row, pk, name, _loaded(delta)) for row, pk, name, delta in sql.fetchall()]
    labels = _labels(kind)
    fields = [[labels.get(k, k), *counts[k]] for k in labels if k in counts]
    return {"records": records, "fields": fields, "rows": _shown(rows, labels)}


def _loaded(delta: Any) -> dict[str, list[Any]]:
    """psycopg gives jsonb as text where Django has taken its own reader away."""
    found: dict[str, list[Any]] = json.loads(delta) if isinstance(delta, str) else delta
    return found


def _labels(kind: Kind) -> dict[str, str]:
    """{column of the delta: words}, in the order of the fields; what follows from others is left out."""
    labels = {}
    for what in kind.fields:
        for key in (what.name, f"{what.name}_id", what.name.replace("custom_", "custom.", 1)):
            if key not in FOLLOWS:
                labels[key] = what.label
    return labels


def _shown(rows: list[Any], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    names = _named(delta for *_, delta in rows)

    def said(key: str, value: Any) -> str:
        if value in (None, "", [], {}):
            return ""
        if key in NAMES:
            return names.get((key, value), str(value))[:120]
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)[:120]

    def fields(delta: dict[str, list[Any]]) -> list[list[str]]:
        """What says something else before what fills an empty field."""
        found = [[words, said(key, delta[key][0]), said(key, delta[key][1])]
                 for key, words in labels.items() if key in delta]  # fmt: skip
        return sorted(found, key=lambda one: not one[1])

    return [
        {"row": row, "id": pk, "name": str(name)[:80], "fields": fields(delta)}
        for row, pk, name, delta in rows
    ]


def _named(deltas: Iterable[Mapping[str, list[Any]]]) -> dict[tuple[str, Any], str]:
    """{(column, key): name} of all records that the rows point to."""
    wanted: dict[str, set[int]] = {}
    for delta in deltas:
        for key in delta.keys() & NAMES.keys():
            wanted.setdefault(key, set()).update(v for v in delta[key] if v is not None)
    return {
        (key, row.pk): str(row) for key, ids in wanted.items()
        for row in NAMES[key]._default_manager.filter(pk__in=ids)
    }  # fmt: skip


def warned(kind: Kind, how: Map) -> dict[str, Any]:
    """What rules that only warn say of the rows that were written: {rows, rules, first}; see
    ImportRun.warnings."""
    if not kind.custom:
        return {}
    found = crm.staged_warnings(
        kind.custom, kind.target, on=timezone.localdate(), most=WARNINGS_SHOWN
    )
    if found is None or not found.rows:
        return {}
    labels = {field: label_of(kind.custom, field) for field, *_ in found.rules}

    def column(field: str) -> str:
        """As the file calls it; a rule may speak of a field that the file has not."""
        return how.columns.get(field.replace("custom.", "custom_", 1), labels[field])

    return {
        "rows": found.rows, "rules": [[labels[f], words, n] for f, words, n in found.rules],
        "first": [[row, column(f), words] for row, f, words in found.first],
    }  # fmt: skip


def keep(run: ImportRun) -> list[list[Any]]:
    """Keep what the run changed, record by record; returns the keys of what it made, for `run.made`.

    Keys of one file follow one another nearly always: some spans say what a row for each would. Where
    there would be too many spans, there are rows.
    """
    _write("SELECT %(run)s, subject, id, delta FROM staged_delta", run)
    with connection.cursor() as sql:
        sql.execute(_SPANS, [MOST_SPANS + 1])
        spans = [list(span) for span in sql.fetchall()]
    if len(spans) <= MOST_SPANS:
        return spans
    _write("SELECT %(run)s, subject, id, NULL::jsonb FROM staged_made", run)
    return []


def expand(run: ImportRun) -> None:
    """Make a trace of each record that the run made, for its undo."""
    _write(
        "SELECT %(run)s, span ->> 0, key, NULL::jsonb FROM imports_importrun run,"
        " jsonb_array_elements(run.made) AS span,"
        " generate_series((span ->> 1)::bigint, (span ->> 2)::bigint) AS key WHERE run.id = %(run)s",
        run,
    )
    run.made = []
    run.save(update_fields=["made"])


def _write(rows: str, run: ImportRun) -> None:
    bulk.run(
        f"INSERT INTO imports_importtrace (run_id, subject, record_id, delta) {rows}",
        {"run": run.pk},
    )
