"""One figure: a measure in a period, beside the period before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kpis.definitions import Measure
from kpis.queries.filters import Filters
from kpis.queries.sums import Percentiles, Place, Sums, plain_value

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


def figure(
    measure: Measure,
    filters: Filters,
    found: Mapping[Place, Sums],
    ranks: Mapping[Place, Percentiles],
) -> Figure:
    """The figure of the period, with the one before beside it."""
    before = one(measure, ("before", ""), filters, found, ranks)
    now = one(measure, ("now", ""), filters, found, ranks)
    return replace(now, before=before.value, before_n=before.n)


def one(
    measure: Measure,
    part: tuple[str, str],
    filters: Filters,
    found: Mapping[Place, Sums],
    ranks: Mapping[Place, Percentiles],
) -> Figure:
    total = found.get((measure.name, *part), NOTHING)
    plain = Figure(measure, plain_value(measure, total), total.n, total.hits)
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
