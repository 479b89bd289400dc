"""What changed between two periods and which parts made it, so that the parts add up to the whole.

A share or a mean of the whole is the sum over segments of weight times value. Between two periods
the change of each segment is split at the mid-points: what its own value moved (at its mean weight)
and what its weight moved (at how far its mean value lies from the whole's). Both sums together are
the change of the whole, to the last digit of the arithmetic (the symmetric form of the
Oaxaca-Blinder decomposition, without a term of interaction). Medians do not add up: durations are
split by their mean.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from kpis.definitions import KPIS, Kpi, Measure
from kpis.queries.figure import NOTHING
from kpis.queries.filters import ROLLED_UP, Filters
from kpis.queries.sums import Place, Sums, sums

TOLD: Final = 3  # segments that are named; the others are one line


@dataclass(frozen=True)
class Part:
    """What one segment (a team, a type) adds to the change: by its own value, by its weight."""

    label: str
    own: float
    weight: float
    n: int
    n_before: int

    @property
    def whole(self) -> float:
        return self.own + self.weight


@dataclass(frozen=True)
class Change:
    """The mean or share of a headline now and before; `parts` add up to `now` less `before`."""

    kpi: Kpi
    now: float | None
    before: float | None
    n: int
    n_before: int
    by: str  # "team" or "type"
    parts: list[Part]

    @property
    def measure(self) -> Measure:
        return self.kpi.measure(self.kpi.headline)

    @property
    def moved(self) -> float | None:
        return None if self.now is None or self.before is None else self.now - self.before

    @property
    def better(self) -> bool | None:
        if not self.moved:
            return None
        return (self.moved < 0) == (self.measure.better == "low")


Labels = Mapping[str, Mapping[str, Mapping[int, str]]]  # KPI -> "team" or "type" -> key -> name


def changes(filters: Filters, labels: Labels) -> list[Change]:
    """Why each headline moved against the period before, in two queries for all of them: by team or
    by type, whichever names the larger part."""
    kpis = list(KPIS.values())
    both = _both([kpi.measure(kpi.headline) for kpi in kpis], filters, filters.before)
    found = []
    for kpi in kpis:
        ways = [
            _change(_Cut(kpi, by, labels[kpi.slug][by]), both, filters)
            for by in (("type", "team") if kpi.typed else ("team",))
        ]
        found.append(max(ways, key=_concentrated))
    return [replace(change, parts=largest(change.parts, TOLD)) for change in found]


def change_of(
    kpi: Kpi, by: str, filters: Filters, before: Filters, labels: Mapping[int, str]
) -> Change:
    """Why one headline moved between two periods, by "team" or "type"; all parts, largest first."""
    both = _both([kpi.measure(kpi.headline)], filters, before)
    return _change(_Cut(kpi, by, labels), both, filters)


def largest(parts: Sequence[Part], named: int) -> list[Part]:
    """So many by name, the others together."""
    shown, others = list(parts[:named]), parts[named:]
    if not others:
        return shown
    rest = Part(
        f"{len(others)} others", sum(p.own for p in others), sum(p.weight for p in others),
        sum(p.n for p in others), sum(p.n_before for p in others),
    )  # fmt: skip
    return [*shown, rest]


Segments = Mapping[str, Sums]


@dataclass(frozen=True)
class _Cut:
    kpi: Kpi
    by: str
    labels: Mapping[int, str]

    def name(self, key: str) -> str:
        nobody = self.kpi.untyped if self.by == "type" else "No team"
        return self.labels.get(int(key), nobody)


def _both(
    heads: Sequence[Measure], filters: Filters, before: Filters
) -> tuple[dict[Place, Sums], dict[Place, Sums]]:
    return sums(heads, filters, ROLLED_UP), sums(heads, before, ROLLED_UP)


def _segments(
    both: Sequence[Mapping[Place, Sums]], measure: Measure, by: str
) -> tuple[Segments, Segments]:
    now, before = (
        {key: s for (name, part, key), s in some.items() if (name, part) == (measure.name, by)}
        for some in both
    )
    return now, before


def _concentrated(change: Change) -> float:
    """A cut that names a culprit is worth more than one that spreads the blame."""
    return max((abs(part.whole) for part in change.parts), default=0.0)


def _change(cut: _Cut, both: Sequence[Mapping[Place, Sums]], filters: Filters) -> Change:
    measure = cut.kpi.measure(cut.kpi.headline)
    now, before = _segments(both, measure, cut.by)
    values = [_value(some.values(), measure, filters) for some in (now, before)]
    split = {} if None in values else _split(now, before, measure, filters)
    parts = [
        Part(cut.name(key), float(own), float(weight),
             now.get(key, NOTHING).n, before.get(key, NOTHING).n)
        for key, (own, weight) in split.items()
    ]  # fmt: skip
    first, second = (None if v is None else float(v) for v in values)
    n, n_before = (sum(s.n for s in some.values()) for some in (now, before))
    return Change(
        cut.kpi,
        first,
        second,
        n,
        n_before,
        cut.by,
        sorted(parts, key=lambda p: (-abs(p.whole), p.label)),
    )


def _value(rows: Collection[Sums], measure: Measure, filters: Filters) -> Fraction | None:
    n = sum(row.n for row in rows)
    return Fraction(sum(_total(row, measure, filters) for row in rows), n) if n else None


def _total(row: Sums, measure: Measure, filters: Filters) -> int:
    if not measure.has_histogram:
        return row.hits
    return row.business if filters.uses_business(measure) else row.calendar


def _split(
    now: Segments, before: Segments, measure: Measure, filters: Filters
) -> dict[str, tuple[Fraction, Fraction]]:
    """(own, weight) by segment, in exact arithmetic; a segment of one period only changes by its
    weight alone."""
    many = [Fraction(sum(s.n for s in some.values())) for some in (now, before)]
    values = [_value(some.values(), measure, filters) for some in (now, before)]
    whole = sum((value or Fraction(0) for value in values), Fraction(0)) / 2
    found = {}
    for key in sorted({*now, *before}):
        a, b = now.get(key, NOTHING), before.get(key, NOTHING)
        weight_now, weight_before = a.n / many[0], b.n / many[1]
        value_now = Fraction(_total(a, measure, filters), a.n) if a.n else None
        value_before = Fraction(_total(b, measure, filters), b.n) if b.n else None
        value_now = value_before if value_now is None else value_now
        value_before = value_now if value_before is None else value_before
        if value_now is None or value_before is None:
            continue
        own = (weight_now + weight_before) / 2 * (value_now - value_before)
        mix = (weight_now - weight_before) * ((value_now + value_before) / 2 - whole)
        found[key] = (own, mix)
    return found
