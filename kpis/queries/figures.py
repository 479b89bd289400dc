"""The figures of a KPI: every measure now and before, its trend, its cuts, what was left out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from kpis.definitions import KPIS, WINDOW_DAYS, Kpi
from kpis.models import PARTIES
from kpis.queries.cuts import Cut, cuts
from kpis.queries.figure import NOTHING, Figure, figure
from kpis.queries.filters import ROLLED_UP, Filters
from kpis.queries.sums import PLAIN_PARTS, TOTALS, Place, Sums, percentiles, sums
from kpis.queries.trends import Trend, trend

FACTORS: Final = frozenset({"on_time", "complete", "undamaged", "documented"})


@dataclass(frozen=True)
class Held:
    """Mean gross turnaround of a type, by the party that held it; the parts add up."""

    label: str
    n: int
    seconds: float
    parts: list[dict[str, object]]


@dataclass(frozen=True)
class Report:
    """All figures of one KPI page."""

    kpi: Kpi
    filters: Filters
    figures: list[Figure]
    trend: Trend
    by_team: list[Cut]
    by_type: list[Cut]
    excluded: list[tuple[str, str, int]]  # measure, words, how many
    saves: list[tuple[str, str, int]]
    errors: list[tuple[str, str, int]]
    provisional_from: date | None
    spread: Mapping[int, int] | None  # the histogram of the period, where the figures came from one

    @property
    def headline(self) -> Figure:
        return next(f for f in self.figures if f.measure.name == self.kpi.headline)

    @property
    def others(self) -> list[Figure]:
        return [f for f in self.figures if f.measure.name != self.kpi.headline]

    @property
    def factors(self) -> float | None:
        """The product of the shares of which a perfect order is made: beside the joint share."""
        shares = [f.value for f in self.figures if f.measure.name in FACTORS]
        if len(shares) < len(FACTORS) or None in shares:
            return None
        return math.prod(value for value in shares if value is not None)

    @property
    def exact(self) -> bool:
        return all(f.exact for f in self.figures)


def report(
    kpi: Kpi, filters: Filters, *, teams: Mapping[int, str], types: Mapping[int, str], today: date
) -> Report:
    """Everything on the page of `kpi`, in a constant number of queries."""
    counted = [m for m in kpi.measures if not m.name.startswith("held.")]
    head = kpi.measure(kpi.headline)
    found = sums(counted, filters, TOTALS)
    ranks = percentiles([m for m in kpi.visible if m is not head], filters, TOTALS, found)
    ranks |= percentiles([head], filters, (*PLAIN_PARTS, *ROLLED_UP), found)
    found |= sums([head], filters, ("step", *ROLLED_UP))
    return Report(
        kpi=kpi,
        filters=filters,
        figures=[figure(m, filters, found, ranks) for m in kpi.visible],
        trend=trend(head, filters, found, ranks, today=today),
        by_team=cuts(
            head, "team", _named(teams, "No team"), filters=filters, found=found, ranks=ranks
        ),
        by_type=cuts(
            head, "type", _named(types, kpi.untyped), filters=filters, found=found, ranks=ranks
        )
        if kpi.typed
        else [],
        excluded=_counts(kpi, "excluded.", found),
        saves=_counts(kpi, "save.", found),
        errors=_counts(kpi, "error.", found),
        provisional_from=_provisional(kpi, filters, today),
        spread=spread.counts if (spread := ranks.get((kpi.spread_of.name, "now", ""))) else None,
    )


def overview(filters: Filters, *, today: date | None = None) -> list[tuple[Kpi, Figure, Trend]]:
    """The headline of each KPI with its trend: three queries for all five."""
    heads = [kpi.measure(kpi.headline) for kpi in KPIS.values()]
    found = sums(heads, filters, PLAIN_PARTS)
    ranks = percentiles(heads, filters, PLAIN_PARTS, found)
    day = today or filters.end + timedelta(days=1)
    return [
        (
            kpi,
            figure(head, filters, found, ranks),
            trend(head, filters, found, ranks, today=day),
        )
        for kpi, head in zip(KPIS.values(), heads, strict=True)
    ]


def _named(labels: Mapping[int, str], nobody: str) -> dict[str, str]:
    return {"": nobody} | {str(key): label for key, label in labels.items()}


def _counts(kpi: Kpi, prefix: str, found: Mapping[Place, Sums]) -> list[tuple[str, str, int]]:
    return [
        (m.name, kpi.excluded.get(m.name, m.label), total.n)
        for m in kpi.measures
        if m.name.startswith(prefix)
        and ((total := found.get((m.name, "now", ""), NOTHING)).n or prefix == "excluded.")
    ]


def _provisional(kpi: Kpi, filters: Filters, today: date) -> date | None:
    """From which day on late facts can still change the headline; None: the period has settled."""
    first = today - timedelta(days=WINDOW_DAYS)
    young = kpi.slug in {"accuracy", "conversion"} and filters.end > first
    return max(first, filters.start) if young else None


def custody(filters: Filters, types: Mapping[int, str]) -> list[Held]:
    """Who held it: mean gross turnaround by type and party; all types first."""
    held = [KPIS["turnaround"].measure(f"held.{party}") for party in PARTIES]
    found = sums(held, filters, ("now", "type"))
    keys = [("now", "", "All types")]
    cells: Sequence[str] = sorted({key for _, part, key in found if part == "type"}, key=int)
    keys += [("type", key, types.get(int(key), "No type")) for key in cells]
    rows = [_held(label, part, key, filters, found) for part, key, label in keys]
    return [row for row in rows if row.n]


def _held(label: str, part: str, key: str, filters: Filters, found: Mapping[Place, Sums]) -> Held:
    totals = {p: found.get((f"held.{p}", part, key), NOTHING) for p in PARTIES}
    n = max(total.n for total in totals.values())
    business = filters.clock == "business"
    parts: list[dict[str, object]] = [
        {"party": p, "seconds": (t.business if business else t.calendar) / max(n, 1)}
        for p, t in totals.items()
    ]
    whole = sum((t.business if business else t.calendar) for t in totals.values()) / max(n, 1)
    return Held(label, n, whole, parts)
