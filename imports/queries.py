"""What the import pages show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Count

from imports.fields import Field, Reading, parser
from imports.models import ImportRun, ImportTrace, ImportUndo, Status
from imports.samples import Sample
from kit.tables.values import ValueProblem

PREVIEWED = 8
STAYING = 100


@dataclass(frozen=True)
class Cell:
    text: str
    problem: str = ""


@dataclass(frozen=True)
class Preview:
    """The first rows as they would be taken."""

    heads: list[str]
    rows: list[list[Cell]]
    bad: int
    looked_at: int


def preview(
    fields: Sequence[Field], columns: Mapping[str, str], how: Reading, sample: Sample
) -> Preview:
    """Read the sample as the import would; counts the rows with problems."""
    chosen = [(f, sample.columns.index(columns[f.name])) for f in fields
              if columns.get(f.name) in sample.columns]  # fmt: skip
    parsers = [(parser(f, how), place) for f, place in chosen]
    read = [[_cell(parse, row[place]) for parse, place in parsers] for row in sample.rows]
    bad = sum(any(cell.problem for cell in row) for row in read)
    return Preview([f.label for f, _ in chosen], read[:PREVIEWED], bad, len(read))


def _cell(parse: Any, raw: str) -> Cell:
    try:
        value = parse(raw)
    except ValueProblem as why:
        return Cell(raw[:60], str(why))
    return Cell("" if value is None else _words(value)[:60])


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "hour") else str(value)


def share_read(run: ImportRun) -> int | None:
    """How far the reading is, in percent; None when the file does not tell."""
    if not run.rows_total:
        return None
    return min(round(100 * run.rows_read / run.rows_total), 99)


def is_over(run: ImportRun) -> bool:
    return run.status in {Status.DONE, Status.REFUSED}


def problems_by_column(run: ImportRun) -> list[dict[str, Any]]:
    """Where the problems are: {in_lines, column, rows}, most first."""
    rows = run.problems.values("in_lines", "column").annotate(rows=Count("pk"))
    return [dict(row) for row in rows.order_by("-rows", "column")[:8]]


@dataclass(frozen=True)
class Undone:
    """How far a run is taken back; `left` holds the first records that stay, with the reason."""

    undo: ImportUndo
    share: int
    left: list[dict[str, Any]]


def undo_of(run: ImportRun) -> Undone | None:
    undo = ImportUndo.objects.select_related("by").filter(run=run).first()
    if undo is None:
        return None
    share = 100 * (undo.taken_away + undo.put_back) // max(undo.total, 1)
    if undo.finished_at is None:
        return Undone(undo, share, [])
    rows = list(run.traces.exclude(problem="").order_by("pk")[:STAYING])
    names = _names(rows)
    left = [{"name": names.get((t.subject, t.record_id), f"Nr. {t.record_id}"), "problem": t.problem}
            for t in rows]  # fmt: skip
    return Undone(undo, share, left)


def _names(traces: Sequence[ImportTrace]) -> dict[tuple[str, int], str]:
    """What the records of some traces are called."""
    names: dict[tuple[str, int], str] = {}
    for subject in {trace.subject for trace in traces}:
        ids = [trace.record_id for trace in traces if trace.subject == subject]
        rows: Any = apps.get_model(subject)._default_manager.filter(pk__in=ids)
        names |= {(subject, row.pk): str(row) for row in rows}
    return names
