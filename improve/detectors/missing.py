"""A field that is often left empty, and what is asked back for it."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np
from django.db import connection

from desk.models import FormVersion, RequestType
from improve.detectors.base import (
    HOUR,
    Change,
    Detector,
    Measured,
    Unit,
    Words,
    apart,
    hours,
    percent,
)
from improve.period import Period
from improve.stats.exact import Floats

# What was empty when it was asked, though it was filled in later: the first change of it says so.
# Time between a resolution and its reopening is the requester's as well, and was no question back.
ROWS: Final = """
WITH added AS (
    SELECT subject_id AS id, jsonb_object_keys(data->'changed') AS label, data->'changed' AS changed
    FROM journal_entry
    WHERE at >= %(start)s AND subject_type = 'desk.salesrequest' AND action = 'desk.request.edited'
), late AS MATERIALIZED (
    SELECT id, array_agg(label) AS labels FROM added WHERE changed->label->>0 = '' GROUP BY id
), back AS MATERIALIZED (
    SELECT s.request_id, sum(s.business_seconds) AS seconds
    FROM desk_custodyspan s JOIN desk_salesrequest r ON r.id = s.request_id
    WHERE s.party = 'rep' AND s.started_at >= %(start)s AND r.type_id = %(type)s
        AND s.started_at < coalesce(r.first_resolved_at, 'infinity')
    GROUP BY s.request_id
)
SELECT r.id, extract(epoch FROM r.submitted_at)::float8, r.form_version,
    b.request_id IS NOT NULL, coalesce(b.seconds, 0)::float8,
    ARRAY(SELECT coalesce(r.data->>f.name, '') IN ('', '[]')
        OR coalesce(f.label = ANY(l.labels), false)
        FROM unnest(%(names)s::text[], %(labels)s::text[]) WITH ORDINALITY AS f(name, label, place)
        ORDER BY f.place)
FROM desk_salesrequest r LEFT JOIN back b ON b.request_id = r.id LEFT JOIN late l ON l.id = r.id
WHERE r.type_id = %(type)s AND r.submitted_at >= %(start)s AND r.submitted_at < %(end)s
    AND r.outcome <> 'duplicate' AND r.source <> 'split'
"""


class Missing(Detector):
    code = "missing"
    title = "A field is often missing"
    short = "Missing field"
    about = "Requests whose field was left empty go back to the rep more often than the others."
    effect_words = "sent back more often, in points"
    test = "Fisher's exact test, one side; Newcombe's interval of the difference"
    minimum = 30
    least, least_low, least_later = 0.10, 0.05, 0.05
    KINDS_WITHOUT: ClassVar = frozenset({"check"})

    def read(self, period: Period) -> list[Unit]:
        found = []
        forms = _optional()
        for kind in RequestType.objects.filter(is_active=True).order_by("pk"):
            fields = [
                field for field in kind.form
                if not field.get("required") and not field.get("show_if")
                and field.get("kind") not in self.KINDS_WITHOUT
            ]  # fmt: skip
            found += _units(kind, fields, forms.get(kind.pk, {}), period)
        return found

    def again(self, about: Mapping[str, Any], period: Period) -> Unit | None:
        """Of all versions of the form: after the change the field is optional no more."""
        kind = RequestType.objects.filter(pk=about["type"]).first()
        field = {"name": about["field"], "label": about["label"]}
        found = _units(kind, [field], None, period) if kind is not None else []
        return found[0] if found else None

    def key_of(self, about: Mapping[str, Any]) -> str:
        return f"missing:{about['type']}:{about['field']}"

    def count(self, unit: Unit) -> int:
        empty = int(unit["empty"].sum())
        return min(empty, unit.at.size - empty)

    def measure(self, unit: Unit, rng: np.random.Generator) -> Measured:  # noqa: ARG002
        return apart(unit, unit["empty"] > 0, unit["back"] > 0)

    def lost(self, unit: Unit) -> Floats:
        return unit["empty"] * unit["back"] * unit["seconds"] / HOUR

    def words(self, unit: Unit, found: Measured) -> Words:
        kind = RequestType.objects.select_related("team").get(pk=unit.about["type"])
        label, name = str(unit.about["label"]), str(unit.about["field"])
        say = found.numbers
        share, other = say["hits"] / say["n"], say["other_hits"] / say["other_n"]
        months = unit.period.months
        return Words(
            title=f"{kind}: “{label}” is often missing",
            summary=f"Of {say['n']:,} requests without it, {percent(share)} went back to the rep; with it, "
                    f"{percent(other)}. Each waited {hours(say['held'])} of working time for the answer.",
            bars_title="Share that was sent back to the rep", bars_unit="percent",
            bars=[
                {"label": f"Without “{label}”", "value": share, "note": f"{say['hits']:,} of {say['n']:,}", "own": True},
                {"label": f"With “{label}”", "value": other, "note": f"{say['other_hits']:,} of {say['other_n']:,}", "own": False},
            ],
            lines=[
                ("Sent back, without it", f"{say['hits']:,} of {say['n']:,}", percent(share, 1)),
                ("Sent back, with it", f"{say['other_hits']:,} of {say['other_n']:,}", percent(other, 1)),
                ("Sent back because it is missing", f"{percent(share, 1)} − {percent(other, 1)}", percent(found.effect, 1)),
                ("Waiting for the answer, mean", f"rep's working time of {say['hits']:,} requests", hours(say["held"])),
                ("Hours lost in a month", f"{say['n']:,} × {percent(found.effect, 1)} × {hours(say['held'])} ÷ {months:.1f} months", hours(found.hours)),
            ],
            change=Change(
                f"Make “{label}” a field that must be filled in", "desk:edit_type", [kind.slug],
                {"require": name}, "desk.change_requesttype", ("desk.type.saved", kind.pk, "desk.requesttype"),
                {"optional": name},
            ),
            team=kind.team_id,
        )  # fmt: skip


def _optional() -> dict[int, dict[int, frozenset[str]]]:
    """{type: {version of its form: fields that could be left empty}}."""
    found: dict[int, dict[int, frozenset[str]]] = {}
    for kind, version, form in FormVersion.objects.values_list("type_id", "version", "form"):
        names = frozenset(field["name"] for field in form if not field.get("required"))
        found.setdefault(kind, {})[version] = names
    return found


def _units(
    kind: RequestType, fields: list[dict[str, Any]],
    versions: Mapping[int, frozenset[str]] | None, period: Period,
) -> list[Unit]:  # fmt: skip
    """One for each field, of requests that were asked with a form in which it could be empty."""
    if not fields:
        return []
    names = [field["name"] for field in fields]
    labels = [str(field.get("label") or field["name"]) for field in fields]
    values: dict[str, Any] = {
        "type": kind.pk, "start": period.start, "end": period.end, "names": names,
        "labels": labels,
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(ROWS, values)
        rows = sql.fetchall()
    if not rows:
        return []
    at, back, seconds = (np.array([r[i] for r in rows], dtype=np.float64) for i in (1, 3, 4))
    keys = np.array([r[0] for r in rows], dtype=np.float64)
    empty = np.array([r[5] for r in rows], dtype=np.float64)
    asked_with = np.array([r[2] for r in rows])
    found = []
    for place in range(len(fields)):
        good = (
            None
            if versions is None
            else [v for v, free in versions.items() if names[place] in free]
        )
        keep = np.ones(len(rows), dtype=bool) if good is None else np.isin(asked_with, good)
        about = {"type": kind.pk, "field": names[place], "label": labels[place]}
        columns = {
            "id": keys[keep],
            "empty": empty[keep, place],
            "back": back[keep],
            "seconds": seconds[keep],
        }
        found.append(Unit(MISSING.key_of(about), about, at[keep], columns, period))
    return found


MISSING: Final = Missing()
