"""The process map: which activity directly follows which, how often, and after how long."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Avg, Count, Sum

from process.models import Activity, EventLog
from process.queries.cache import remember
from process.queries.filters import Filters, Percentiles, cases, steps

START: Final = -1
END: Final = -2
SHOWN: Final = 26  # lines that a map shows when nobody says how many
ALWAYS: Final = 6  # lines that no slider hides


@dataclass(frozen=True)
class Wait:
    """Seconds from one activity to the next."""

    mean: float
    median: float
    p90: float


@dataclass(frozen=True)
class Edge:
    """`target` came directly after `source` so many times; no wait to the start and the end."""

    source: int
    target: int
    n: int
    calendar: Wait | None = None
    business: Wait | None = None

    @property
    def key(self) -> tuple[int, int]:
        return self.source, self.target

    def wait(self, clock: str) -> Wait | None:
        return self.calendar if clock == "calendar" else self.business


@dataclass(frozen=True)
class Node:
    id: int
    name: str
    n: int


@dataclass(frozen=True)
class ProcessMap:
    """Edges most frequent first; nodes in the order in which cases reach them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    cases: int
    events: int

    def name(self, key: int) -> str:
        return self.names.get(key, "?")

    @property
    def names(self) -> Mapping[int, str]:
        return {START: "Start", END: "End", **{node.id: node.name for node in self.nodes}}


def process_map(log: EventLog, filters: Filters) -> ProcessMap:
    """All of the map of a log, remembered for the same content and the same cases."""
    return remember(log, "map", filters.selection, lambda: _read(log, filters))


def _read(log: EventLog, filters: Filters) -> ProcessMap:
    edges = _edges(log, filters) + _starts(log, filters)
    edges.sort(key=lambda e: (-e.n, e.source, e.target))
    seen: dict[int, int] = defaultdict(int)
    for edge in edges:
        seen[edge.target] += edge.n
    names = dict(Activity.objects.filter(log=log).values_list("pk", "name"))
    nodes = tuple(Node(pk, names.get(pk, "?"), seen[pk]) for pk in _row(edges))
    begun = sum(e.n for e in edges if e.source == START)
    return ProcessMap(nodes, tuple(edges), begun, sum(node.n for node in nodes))


def _edges(log: EventLog, filters: Filters) -> list[Edge]:
    found = (
        steps(log, filters)
        .values_list("activity_id", "next_activity_id")
        .annotate(
            n=Count("*"), mean=Avg("wait"), middle=Percentiles("wait"),
            business_mean=Avg("business_wait"), business_middle=Percentiles("business_wait"),
        )
    )  # fmt: skip
    edges = []
    for source, target, n, mean, middle, business, business_middle in found:
        if target is None:
            edges.append(Edge(source, END, n))
        else:
            waits = Wait(mean, *middle), Wait(business, *business_middle)
            edges.append(Edge(source, target, n, *waits))
    return edges


def _starts(log: EventLog, filters: Filters) -> list[Edge]:
    """Every case begins with the first activity of its variant."""
    by_first = cases(log, filters).values_list("variant__activities__0").annotate(n=Count("*"))
    return [Edge(START, first, n) for first, n in by_first]


def _row(edges: list[Edge]) -> list[int]:
    """Activities in the order of the most frequent ways from the start."""
    after: dict[int, list[int]] = defaultdict(list)
    for edge in edges:
        after[edge.source].append(edge.target)
    row: dict[int, None] = {}
    waiting = [START]
    while waiting:
        here = waiting.pop(0)
        for there in after[here]:
            if there != END and there not in row:
                row[there] = None
                waiting.append(there)
    for edge in edges:
        row.setdefault(edge.source)
    row.pop(START, None)
    return list(row)


@dataclass(frozen=True)
class Shown:
    """The part of a map that is drawn, and what the slider can say."""

    map: ProcessMap
    least: int
    most_least: int
    hidden_edges: int
    hidden_nodes: int


def simplify(whole: ProcessMap, least: int) -> Shown:
    """Leave out what was seen less than `least` times; 0 chooses so that the map can be read.

    For every activity that stays, the most frequent way to it and from it stays too: nothing floats.
    """
    counts = [edge.n for edge in whole.edges]
    most = counts[min(ALWAYS, len(counts)) - 1] if counts else 1
    if least <= 0:
        least = counts[SHOWN - 1] if len(counts) > SHOWN else 1
    least = max(1, min(least, most))
    kept = {node.id for node in whole.nodes if node.n >= least}
    there = [e for e in whole.edges if {e.source, e.target} <= kept | {START, END}]
    ways_in: dict[int, Edge] = {}
    ways_out: dict[int, Edge] = {}
    for edge in there:  # most frequent first
        if edge.source != edge.target:
            ways_in.setdefault(edge.target, edge)
            ways_out.setdefault(edge.source, edge)
    needed = {e.key for e in (*ways_in.values(), *ways_out.values())}
    edges = tuple(e for e in there if e.n >= least or e.key in needed)
    nodes = tuple(node for node in whole.nodes if node.id in kept)
    shown = ProcessMap(nodes, edges, whole.cases, whole.events)
    return Shown(shown, least, most, len(whole.edges) - len(edges), len(whole.nodes) - len(nodes))


def totals(log: EventLog, filters: Filters) -> tuple[int, int]:
    """Cases and events of a selection."""
    found = cases(log, filters).aggregate(n=Count("*"), events=Sum("steps"))
    return found["n"], found["events"] or 0
