"""The headline of a KPI beside itself: by team, type, coordinator, rep, account, priority, channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kpis.definitions import Kpi, Measure
from kpis.queries import labels
from kpis.queries.figure import Figure, one
from kpis.queries.filters import Filters
from kpis.queries.sums import Percentiles, Place, Sums, percentiles, sums

SHOWN: Final = 50  # rows of a table: nobody reads a list of ten thousand accounts


@dataclass(frozen=True)
class Cut:
    """The headline for one team, type, person ..."""

    key: str
    label: str
    figure: Figure


def cuts(
    measure: Measure,
    part: str,
    names: Mapping[str, str],
    *,
    filters: Filters,
    found: Mapping[Place, Sums],
    ranks: Mapping[Place, Percentiles],
) -> list[Cut]:
    """Largest first; keys without a label are those of nobody."""
    keys = [key for name, p, key in found if name == measure.name and p == part]
    rows = [
        Cut(k, names.get(k, names.get("", "None")), one(measure, (part, k), filters, found, ranks))
        for k in keys
    ]
    return sorted((c for c in rows if c.figure.n), key=lambda c: (-c.figure.n, c.label))


def cut_by(kpi: Kpi, part: str, filters: Filters) -> tuple[list[Cut], int]:
    """The headline of `kpi` by `part`, read by itself: those with the most, and how many there are."""
    head = kpi.measure(kpi.headline)
    found = sums([head], filters, (part,))
    most = dict(sorted(found.items(), key=lambda one: -one[1].n)[:SHOWN])
    ranks = percentiles([head], filters, (part,), most)
    names = labels.of_cut(part, [key for _, _, key in most], kpi)
    return cuts(head, part, names, filters=filters, found=most, ranks=ranks), len(found)
