"""What changed and why: the change of a figure, split among teams or types so that it adds up."""

from typing import Final

from kit.markup import number
from kit.reporting import Block, Scope, Table, Value
from kpis.definitions import Measure
from kpis.queries import labels
from kpis.queries.changes import Part, change_of, largest
from kpis.queries.filters import Filters
from kpis.report_parts import words
from kpis.report_parts.figures import kpi_of
from kpis.report_parts.options import chosen

SHOWN: Final = 8


def changes(scope: Scope) -> Block:
    """How the headline moved against the period before, and what brought it."""
    kpi, filters = kpi_of(scope), words.filters_of(scope)
    head = kpi.measure(kpi.headline)
    by = "type" if chosen(scope.options, "by", "type") == "type" and kpi.typed else "team"
    start, end = scope.before
    earlier = Filters(start, end, filters.team, filters.type, filters.clock)
    known = labels.types(kpi.slug) if by == "type" else labels.teams()
    change = change_of(kpi, by, filters, earlier, known)
    title = f"{kpi.title}: what changed and why"
    if change.moved is None:
        return Block(title, empty="One of the two periods has nothing to compare.")
    moved = words.moved_by(change.moved, head, filters)
    rows = [_row(part, head, filters) for part in largest(change.parts, SHOWN)]
    rows.append(["Together", "", "", "", moved])
    columns = [
        kpi.typed if by == "type" else "Team",
        "n",
        "By its own value",
        "By its weight",
        "Adds",
    ]
    told = "The mean" if head.has_histogram else head.label
    verb = "did not move" if moved == words.SAME else f"moved by {moved}"
    note = (
        f"{told} {verb}; the parts add up to it. “By its weight” is what a larger or smaller share "
        f"of the work brought. {words.clock(filters)}"
    )
    return Block(
        title, table=Table(columns, rows, [False] + [True] * 4, strong=True), note=note,
        url=words.page(kpi, filters),
        values=[Value(f"{kpi.slug}.moved", f"{told} moved by", change.moved, moved)],
    )  # fmt: skip


def _row(part: Part, head: Measure, filters: Filters) -> list[str]:
    counts = f"{number(part.n_before)} → {number(part.n)}"
    return [
        part.label, counts,
        *(words.moved_by(v, head, filters) for v in (part.own, part.weight, part.whole)),
    ]  # fmt: skip
