"""What the columns of a log mean: guessed by their names, else by what is in them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from process.importing.source import Sample
from process.importing.times import has_zone, orders_that_fit, share_of_times

# What other systems call it, most certain first; compared without case, dots and underscores.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "case": (
        "case concept name", "case id", "caseid", "case key", "case number", "case", "case name",
        "ticket id", "ticket number", "ticket", "request id", "order id", "order number", "incident id",
        "incident number", "issue key", "issue id", "process instance", "process id", "trace id", "trace",
        "vorgang", "fall", "zaaknummer", "id caso", "ticket nr", "number",
    ),
    "activity": (
        "concept name", "activity", "activity name", "activity id", "event name", "event", "event type",
        "task", "task name", "step", "step name", "action", "operation", "status", "state", "stage",
        "to status", "new status", "aktivitat", "activiteit", "vorgangsschritt", "attivita", "actividad",
    ),
    "time": (
        "time timestamp", "complete timestamp", "completion time", "complete time", "completed at",
        "end timestamp", "end time", "ended at", "finished at", "timestamp", "event time", "time",
        "date time", "datetime", "occurred at", "changed at", "created at", "date", "at", "zeitstempel",
        "tijdstip",
    ),
    "start": (
        "start timestamp", "start time", "started at", "time start", "begin time", "begin timestamp",
        "start", "begin", "start date",
    ),
    "resource": (
        "org resource", "resource", "resource name", "user", "user name", "username", "agent", "employee",
        "performer", "performed by", "changed by", "actor", "assignee", "assigned to", "owner", "who",
        "bearbeiter", "medewerker",
    ),
    "lifecycle": ("lifecycle transition", "lifecycle", "transition", "event lifecycle"),
    "team": (
        "org group", "team", "group", "workgroup", "department", "support section", "org role", "unit",
        "case group", "case department", "afdeling", "abteilung",
    ),
    "kind": (
        "case type", "type", "request type", "order type", "ticket type", "service type", "category",
        "case category", "case channel", "channel", "product group",
    ),
}  # fmt: skip
ROLES: Final = tuple(NAMES)
MOSTLY: Final = 0.8
FEW: Final = 250
BY_NAME, BY_CONTENT, BY_LOG = "by its name", "by what is in it", "the log says so"
COMPLETE: Final = frozenset({"complete", "completed", "end", "finish", "finished"})
START: Final = frozenset({"start", "started", "begin"})


@dataclass
class Guess:
    """{role: column} with the reason for each; `date_orders` are the orders that fit its times."""

    columns: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    date_orders: set[str] = field(default_factory=set)
    zoned: bool = False
    moments: str = "end"

    def take(self, role: str, column: str, reason: str) -> None:
        self.columns[role], self.reasons[role] = column, reason

    def as_map(self) -> dict[str, str]:
        """The map; the order of day and month is left open where both fit."""
        order = next(iter(self.date_orders)) if len(self.date_orders) == 1 else ""
        return {**self.columns, "date_order": order, "moments": self.moments}


def guess(sample: Sample) -> Guess:
    """What the columns of a sample mean."""
    found = Guess()
    if sample.activity:
        found.take("activity", sample.activity, BY_LOG)
    _by_names(sample, found)
    _by_content(sample, found)
    times = [c for role in ("time", "start") for c in sample.cells(found.columns.get(role, ""))]
    filled = [cell for cell in times if cell.strip()]
    found.date_orders = orders_that_fit(filled)
    found.zoned = bool(filled) and has_zone(filled[:200])
    if "lifecycle" in found.columns:
        found.moments = _moments(sample.cells(found.columns["lifecycle"]))
    return found


def _moments(cells: Sequence[str]) -> str:
    seen = {cell.strip().lower() for cell in cells}
    return "start" if seen & START and not seen & COMPLETE else "end"


def _plain(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", spaced.lower()).split())


def _by_names(sample: Sample, found: Guess) -> None:
    left = {_plain(column): column for column in reversed(sample.columns)}
    left = {name: c for name, c in left.items() if c not in found.columns.values()}
    for role, names in NAMES.items():
        if role in found.columns:
            continue
        fits = _FITS.get(role, _anything)
        match = next((n for n in names if n in left and fits(sample.cells(left[n]))), None)
        if match is not None:
            found.take(role, left.pop(match), BY_NAME)


def _anything(cells: Sequence[str]) -> bool:
    return any(cell.strip() for cell in cells)


def _times(cells: Sequence[str]) -> bool:
    return share_of_times(cells[:300]) >= MOSTLY


def _no_times(cells: Sequence[str]) -> bool:
    return _anything(cells) and not _times(cells)


def _repeat(cells: Sequence[str]) -> bool:
    """Values that come again, as a category's do."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and len(set(filled)) <= max(FEW, 1) and not _times(cells)


_FITS: Final[Mapping[str, Callable[[Sequence[str]], bool]]] = {
    "time": _times, "start": _times, "case": _no_times, "activity": _no_times, "team": _repeat,
    "kind": _repeat,
}  # fmt: skip


def _by_content(sample: Sample, found: Guess) -> None:
    """The three that a log cannot do without."""
    free = [c for c in sample.columns if c not in found.columns.values()]
    times = [c for c in free if _times(sample.cells(c))]
    if "time" not in found.columns and times:
        first, last = _earlier_first(sample, times[:2])
        found.take("time", last, BY_CONTENT)
        if first != last and "start" not in found.columns:
            found.take("start", first, BY_CONTENT)
    free = [c for c in free if c not in times]
    if "case" not in found.columns:
        _take_best(found, "case", _case_scores(sample, free))
    free = [c for c in free if c not in found.columns.values()]
    if "activity" not in found.columns:
        _take_best(found, "activity", _activity_scores(sample, free, found.columns.get("case", "")))


def _take_best(found: Guess, role: str, scores: Iterator[tuple[float, str]]) -> None:
    best = max(scores, default=(0.0, ""), key=lambda pair: pair[0])
    if best[0] > 0:
        found.take(role, best[1], BY_CONTENT)


def _earlier_first(sample: Sample, columns: Sequence[str]) -> tuple[str, str]:
    if len(columns) == 1:
        return columns[0], columns[0]
    first, second = columns
    pairs = [
        (a, b) for a, b in zip(sample.cells(first), sample.cells(second), strict=True) if a and b
    ]
    later = sum(a > b for a, b in pairs)  # as text: both are written the same way
    return (second, first) if later > len(pairs) / 2 else (first, second)


def _case_scores(sample: Sample, columns: Sequence[str]) -> Iterator[tuple[float, str]]:
    """A key comes again a few times, for the events of its case; names with figures are likelier."""
    for column in columns:
        filled = [cell for cell in sample.cells(column) if cell.strip()]
        distinct = len(set(filled))
        if not filled or distinct < 2 or distinct > 0.9 * len(filled):  # noqa: PLR2004 - one value tells no cases apart
            continue
        figures = sum(any(c.isdigit() for c in cell) for cell in filled) / len(filled)
        yield distinct / len(filled) * (0.3 + figures), column


def _activity_scores(
    sample: Sample, columns: Sequence[str], case: str
) -> Iterator[tuple[float, str]]:
    """Words that differ within a case and come again in other cases."""
    cases = sample.cells(case) or [""] * len(sample.rows)
    for column in columns:
        cells = sample.cells(column)
        filled = [cell for cell in cells if cell.strip()]
        distinct = len(set(filled))
        if len(filled) < MOSTLY * len(cells) or not 2 <= distinct <= FEW:  # noqa: PLR2004 - a process has two steps
            continue
        letters = sum(any(c.isalpha() for c in cell) for cell in filled) / len(filled)
        per_case = len(set(zip(cases, cells, strict=True))) / max(len(set(cases)), 1)
        yield letters * min(per_case - 1, 4) / (1 + distinct / FEW), column
