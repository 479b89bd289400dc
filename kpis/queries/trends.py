"""A measure week by week (month by month over a long period), read as signal or noise."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from kpis import control
from kpis.definitions import Measure
from kpis.queries.figure import one
from kpis.queries.filters import Filters
from kpis.queries.sums import Percentiles, Place, Sums


@dataclass(frozen=True)
class Point:
    """One week or month of the trend; one that is not whole yet, or cut by the period, is drawn but
    not judged."""

    label: str
    value: float | None
    n: int
    signal: bool = False
    partial: bool = False
    start: date = date.min


@dataclass(frozen=True)
class Trend:
    points: list[Point]
    reading: control.Reading

    @property
    def drawn(self) -> list[dict[str, Any]]:
        """The points as charts take them, also those that are kept as JSON."""
        return [
            {"label": p.label, "value": p.value, "n": p.n, "signal": p.signal, "partial": p.partial}
            for p in self.points
        ]

    @property
    def partial(self) -> bool:
        return any(point.partial and point.value is not None for point in self.points)


def trend(
    measure: Measure,
    filters: Filters,
    found: Mapping[Place, Sums],
    ranks: Mapping[Place, Percentiles],
    *,
    today: date,
) -> Trend:
    """The measure in each step of the period, with its usual range."""
    points = []
    for start, end in steps(filters):
        figure = one(measure, ("step", start.isoformat()), filters, found, ranks)
        whole = filters.start <= start and end <= filters.end and end < today
        value = figure.value if figure.n else None
        label = _label(start, filters)
        points.append(Point(label, value, figure.n, partial=not whole, start=start))
    ceiling = 1.0 if measure.unit == "share" else None
    reading = control.read([None if p.partial else p.value for p in points], ceiling=ceiling)
    marked = [replace(p, signal=i in reading.signals) for i, p in enumerate(points)]
    return Trend(marked, reading)


def steps(filters: Filters) -> list[tuple[date, date]]:
    """First and last days of the weeks (from Monday) or months that the period touches."""
    if filters.step == "week":
        first = filters.start.toordinal() - filters.start.weekday()
        weeks = range(max(first, 1), filters.end.toordinal() + 1, 7)
        return [(date.fromordinal(day), _at_most(day + 6)) for day in weeks]
    months = range(
        filters.start.year * 12 + filters.start.month - 1, filters.end.year * 12 + filters.end.month
    )
    firsts = [date(month // 12, month % 12 + 1, 1) for month in months]
    return [(f, (f + timedelta(days=31)).replace(day=1) - timedelta(days=1)) for f in firsts]


def _at_most(ordinal: int) -> date:
    return date.fromordinal(min(ordinal, date.max.toordinal()))


def _label(start: date, filters: Filters) -> str:
    if filters.step == "month":
        return f"{start:%b %Y}"
    return f"W{start.isocalendar().week:02d}"
