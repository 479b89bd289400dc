"""The first rows as they would be taken: a few cases drawn, and what is wrong with the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from kit.tables import Row
from process.importing.mapping import Map
from process.importing.models import LogImport
from process.importing.rows import OTHER, EventRows, Problem
from process.importing.source import Sample

CASES: Final = 3
STEPS: Final = 7
PROBLEMS: Final = 5
ACTIVITIES: Final = 25


@dataclass(frozen=True)
class Step:
    activity: str
    at: datetime
    resource: str


@dataclass
class SampleCase:
    """One case of the first rows; `more` of its steps are not drawn."""

    key: str
    steps: list[Step] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True)
class Preview:
    cases: list[SampleCase]
    looked_at: int
    bad: int
    problems: list[Problem]


def preview(how: Map, sample: Sample) -> Preview:
    """Read the sample as the import would. A case may go on below the first rows."""
    events = EventRows(how)
    places = [sample.columns.index(column) for column in events.columns]
    # Rows of a table begin below its names.
    rows = [Row(i, [row[p] for p in places]) for i, row in enumerate(sample.rows, 1)]
    good, problems = events.read(rows)
    found: dict[str, list[Step]] = {}
    for _, case, activity, at, resource, _, _, moment in good:
        if moment != OTHER and (case in found or len(found) < CASES):
            found.setdefault(case, []).append(Step(activity, at, resource))
    cases = [_drawn(key, steps) for key, steps in found.items()]
    bad = len({number for number, *_ in problems})
    return Preview(cases, len(rows), bad, problems[:PROBLEMS])


def _drawn(key: str, steps: Sequence[Step]) -> SampleCase:
    ordered = sorted(steps, key=lambda step: step.at)
    return SampleCase(key, ordered[:STEPS], max(len(ordered) - STEPS, 0))


def share_read(run: LogImport) -> int | None:
    """How far the reading is, in percent; None when the file does not tell, or reading is over."""
    if not run.rows_total or run.phase != LogImport.Phase.READING:
        return None
    return min(round(100 * run.rows_read / run.rows_total), 99)


def activity_rows(run: LogImport) -> list[dict[str, Any]]:
    """What was found, most frequent first, for a chart of bars."""
    found = run.found.get("activities", [])[:ACTIVITIES]
    return [
        {"label": name, "value": events, "note": f"in {cases:,} cases"}
        for name, events, cases in found
    ]


def span_of(run: LogImport) -> tuple[datetime, datetime] | None:
    """From the first event to the last."""
    first, last = run.found.get("first"), run.found.get("last")
    return (datetime.fromisoformat(first), datetime.fromisoformat(last)) if first and last else None
