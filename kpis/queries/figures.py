"""The figures of a KPI: every measure now and before, its trend, its cuts, what was left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kpis import control
from kpis.definitions import KPIS, WINDOW_DAYS, Kpi, Measure
from kpis.models import PARTIES
from kpis.queries.filters import Filters
from kpis.queries.sums import ALL_PARTS, TOTALS, Percentiles, Place, Sums, percentiles, sums

NOTHING = Sums()


@dataclass(frozen=True)
class Figure:
    """One measure in one period. `value` leads: a median, a share, a count."""

    measure: Measure
    value: float | None
    n: int
    hits: int
    mean: float | None = None
    median: float | None = None
    p90: float | None = None
    exact: bool = True
    before: float | None = None
    before_n: int = 0

    @property
    def change(self) -> float | None:
        return None if self.value is None or self.before is None else self.value - self.before

    @property
    def better(self) -> bool | None:
        """Whether it moved the good way; None when it did not move, or no way is better."""
        if not self.change or not self.measure.better:
            return None
        return (self.change < 0) == (self.measure.better == "low")


@dataclass(frozen=True)
class Point:
    """One week or month of the trend."""

    label: str
    value: float | None
    n: int
    signal: bool = False


@dataclass(frozen=True)
class Trend:
    points: list[Point]
    reading: control.Reading


@dataclass(frozen=True)
class Cut:
    """The headline for one team or type."""

    key: int
    label: str
    figure: Figure


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

    @property
    def headline(self) -> Figure:
        return next(f for f in self.figures if f.measure.name == self.kpi.headline)

    @property
    def others(self) -> list[Figure]:
        return [f for f in self.figures if f.measure.name != self.kpi.headline]

    @property
    def exact(self) -> bool:
        return all(f.exact for f in self.figures)


def report(
    kpi: Kpi, filters: Filters, *, teams: Mapping[int, str], types: Mapping[int, str], today: date
) -> Report:
    """Everything on the page of `kpi`, in a constant number of queries."""
    names = [m.name for m in kpi.measures if not m.name.startswith("held.")]
    head = kpi.measure(kpi.headline)
    found = sums(names, filters, TOTALS)
    cut = sums([head.name], filters, ("step", "team", "type"))
    ranks = percentiles([m for m in kpi.visible if m is not head], filters, TOTALS, found)
    ranks |= percentiles([head], filters, ALL_PARTS, found)
    found |= cut
    return Report(
        kpi=kpi,
        filters=filters,
        figures=[figure(m, filters, found, ranks) for m in kpi.visible],
        trend=trend(head, filters, found, ranks),
        by_team=_cuts(head, "team", teams, filters=filters, found=found, ranks=ranks),
        by_type=_cuts(head, "type", types, filters=filters, found=found, ranks=ranks)
        if kpi.typed
        else [],
        excluded=_counts(kpi, "excluded.", found),
        saves=_counts(kpi, "save.", found),
        errors=_counts(kpi, "error.", found),
        provisional_from=_provisional(kpi, filters, today),
    )


def overview(filters: Filters) -> list[tuple[Kpi, Figure, Trend]]:
    """The headline of each KPI with its trend: three queries for all five."""
    heads = [kpi.measure(kpi.headline) for kpi in KPIS.values()]
    parts = (*TOTALS, "step")
    found = sums([m.name for m in heads], filters, parts)
    ranks = percentiles(heads, filters, parts, found)
    return [
        (kpi, figure(head, filters, found, ranks), trend(head, filters, found, ranks))
        for kpi, head in zip(KPIS.values(), heads, strict=True)
    ]


def figure(
    measure: Measure,
    filters: Filters,
    found: Mapping[Place, Sums],
    ranks: Mapping[Place, Percentiles],
) -> Figure:
    """The figure of the period, with the one before beside it."""
    before = _one(measure, ("before", ""), filters, found, ranks)
    now = _one(measure, ("now", ""), filters, found, ranks)
    return replace(now, before=before.value, before_n=before.n)


def _one(
    measure: Measure,
    part: tuple[str, str],
    filters: Filters,
    found: Mapping[Place, Sums],
    ranks: Mapping[Place, Percentiles],
) -> Figure:
    total = found.get((measure.name, *part), NOTHING)
    plain = Figure(measure, _plain(measure, total), total.n, total.hits)
    if not measure.has_histogram:
        return plain
    rank = ranks.get((measure.name, *part))
    if rank is None or not total.n:
        return replace(plain, value=None)
    seconds = total.business if filters.uses_business(measure) else total.calendar
    mean = seconds / total.n
    return replace(
        plain, value=rank.median, mean=mean, median=rank.median, p90=rank.p90, exact=rank.exact
    )


def _plain(measure: Measure, total: Sums) -> float | None:
    if measure.unit == "count":
        return float(total.n)
    if measure.unit == "amount":
        return float(total.amount)
    if measure.unit == "average":
        return float(total.amount) / total.n if total.n else None
    if measure.hit_amount != "0":
        return float(total.hit_amount / total.amount) if total.amount else None
    return total.hits / total.n if total.n else None


def trend(
    measure: Measure,
    filters: Filters,
    found: Mapping[Place, Sums],
    ranks: Mapping[Place, Percentiles],
) -> Trend:
    """The headline by week (by month over a long period), read as signal or noise."""
    points = []
    for start in _steps(filters):
        one = _one(measure, ("step", start.isoformat()), filters, found, ranks)
        points.append(Point(_step_label(start, filters), one.value if one.n else None, one.n))
    ceiling = 1.0 if measure.unit == "share" else None
    reading = control.read([p.value for p in points], ceiling=ceiling)
    marked = [replace(p, signal=i in reading.signals) for i, p in enumerate(points)]
    return Trend(marked, reading)


def _steps(filters: Filters) -> list[date]:
    """First days of the weeks (Mondays) or months that the period touches."""
    if filters.step == "week":
        first = filters.start - timedelta(days=filters.start.weekday())
        return [first + timedelta(days=7 * i) for i in range((filters.end - first).days // 7 + 1)]
    months = range(
        filters.start.year * 12 + filters.start.month - 1, filters.end.year * 12 + filters.end.month
    )
    return [date(m // 12, m % 12 + 1, 1) for m in months]


def _step_label(start: date, filters: Filters) -> str:
    if filters.step == "month":
        return f"{start:%b %Y}"
    return f"W{start.isocalendar().week:02d}"


def _cuts(
    measure: Measure,
    part: str,
    labels: Mapping[int, str],
    *,
    filters: Filters,
    found: Mapping[Place, Sums],
    ranks: Mapping[Place, Percentiles],
) -> list[Cut]:
    keys = [int(key) for name, p, key in found if name == measure.name and p == part]
    nobody = "No team" if part == "team" else "A colleague or the desk"
    cuts = [
        Cut(k, labels.get(k, nobody), _one(measure, (part, str(k)), filters, found, ranks))
        for k in keys
    ]
    return sorted((c for c in cuts if c.figure.n), key=lambda c: (-c.figure.n, c.label))


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
    names = [f"held.{party}" for party in PARTIES]
    found = sums(names, filters, ("now", "type"))
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
