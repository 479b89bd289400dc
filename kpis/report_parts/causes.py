"""What changed and why: the change of a figure, split among teams or types so that it adds up.

For each part k with share w of the n and figure m (a mean or a share), before (0) and now (1):
how it did: (w0 + w1) / 2 · (m1 - m0); how much of the work it was: (w1 - w0) · ((m0 + m1) / 2 - M),
M the mean of both totals. The sum over all parts is the change of the total, exactly.
"""

from dataclasses import dataclass

from kit.markup import number
from kit.reporting import Block, Scope, Table, Value
from kpis.definitions import Measure
from kpis.queries.figures import Cut, Figure, Report
from kpis.queries.filters import Filters
from kpis.report_parts import words
from kpis.report_parts.figures import kpi_of, read
from kpis.report_parts.options import chosen

SHOWN = 8


@dataclass(frozen=True)
class Cause:
    """One part of the change: by how it did, and by how much of the work it was."""

    key: int
    label: str
    did: float
    mix: float
    before: Figure | None
    now: Figure | None

    @property
    def whole(self) -> float:
        return self.did + self.mix


def level(figure: Figure | None) -> float | None:
    """What adds up: the mean of durations, the share of shares."""
    if figure is None or not figure.n:
        return None
    return figure.mean if figure.measure.has_histogram else figure.hits / figure.n


def split(before: list[Cut], now: list[Cut]) -> list[Cause]:
    """The causes of a change, the largest first; nothing when one of the periods is empty."""
    old, new = ({cut.key: cut for cut in cuts} for cuts in (before, now))
    n0, n1 = (sum(cut.figure.n for cut in cuts) for cuts in (before, now))
    if not n0 or not n1:
        return []
    middle = (_total(before, n0) + _total(now, n1)) / 2
    found = []
    for key in {**old, **new}:
        was, is_now = old.get(key), new.get(key)
        w0 = was.figure.n / n0 if was else 0.0
        w1 = is_now.figure.n / n1 if is_now else 0.0
        m0, m1 = (level(cut.figure if cut else None) for cut in (was, is_now))
        # What was not there before has no earlier figure: all of its change is that it came.
        m0 = m1 if m0 is None else m0
        m1 = m0 if m1 is None else m1
        if m0 is None or m1 is None:
            continue
        label = (is_now or was or before[0]).label
        found.append(Cause(
            key, label, (w0 + w1) / 2 * (m1 - m0), (w1 - w0) * ((m0 + m1) / 2 - middle),
            was.figure if was else None, is_now.figure if is_now else None,
        ))  # fmt: skip
    return sorted(found, key=lambda one: (-abs(one.whole), one.label))


def _total(cuts: list[Cut], n: int) -> float:
    return sum((level(cut.figure) or 0.0) * cut.figure.n for cut in cuts) / n


def changes(scope: Scope) -> Block:
    """How the headline moved against the period before, and what brought it."""
    kpi, filters = kpi_of(scope), words.filters_of(scope)
    head = kpi.measure(kpi.headline)
    by_type = chosen(scope.options, "by", "type") == "type" and bool(kpi.typed)
    start, end = scope.before
    earlier = Filters(start, end, filters.team, filters.type, filters.clock)
    was, now = read(kpi, earlier, scope), read(kpi, filters, scope)
    causes = split(*(_cuts(one, by_type=by_type) for one in (was, now)))
    title = f"{kpi.title}: what changed and why"
    if not causes:
        return Block(title, empty="One of the two periods has nothing to compare.")
    whole = sum(one.whole for one in causes)
    name = kpi.typed if by_type else "Team"
    rows = [_row(one, head, filters) for one in causes[:SHOWN]]
    rows += _rest(causes[SHOWN:], head, filters)
    rows.append(["Together", "", "", "", "", words.moved_by(whole, head, filters)])
    columns = [name, "n", "Before", "Now", "Of which more or fewer", "Brought"]
    told = "The mean" if head.has_histogram else head.label
    moved = words.moved_by(whole, head, filters)
    verb = "did not move" if moved == words.SAME else f"moved by {moved}"
    note = (
        f"{told} {verb}; the parts add up to it. “More or fewer” is what a larger or smaller share "
        f"of the work brought, the rest is how it did. {words.clock(filters)}"
    )
    return Block(
        title, table=Table(columns, rows, [False] + [True] * 5, strong=True), note=note,
        url=words.page(kpi, filters),
        values=[Value(f"{kpi.slug}.moved", f"{told} moved by", whole, words.moved_by(whole, head, filters))],
    )  # fmt: skip


def _cuts(report: Report, *, by_type: bool) -> list[Cut]:
    return report.by_type if by_type else report.by_team


def _row(one: Cause, head: Measure, filters: Filters) -> list[str]:
    counts = [number(f.n) if f else "0" for f in (one.before, one.now)]
    levels = [words.shown(level(f), head, filters) for f in (one.before, one.now)]
    return [
        one.label, " → ".join(counts), *levels, words.moved_by(one.mix, head, filters),
        words.moved_by(one.whole, head, filters),
    ]  # fmt: skip


def _rest(causes: list[Cause], head: Measure, filters: Filters) -> list[list[str]]:
    if not causes:
        return []
    mix, whole = sum(one.mix for one in causes), sum(one.whole for one in causes)
    moved = [words.moved_by(one, head, filters) for one in (mix, whole)]
    return [[f"{len(causes)} others", "", "", "", *moved]]
