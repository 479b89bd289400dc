"""The figures of coordinators, each of the requests that she holds or held last."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from kpis.queries.sums import run

_FIGURES: Final = """
    count(*) FILTER (WHERE f.resolved_day BETWEEN %(start)s AND %(end)s),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY f.net_business)
        FILTER (WHERE f.resolved_day BETWEEN %(start)s AND %(end)s AND f.net_business IS NOT NULL),
    count(*) FILTER (WHERE f.resolved_day BETWEEN %(start)s AND %(end)s AND f.resolution_met),
    count(f.resolution_met) FILTER (WHERE f.resolved_day BETWEEN %(start)s AND %(end)s),
    count(*) FILTER (WHERE f.resolved_day BETWEEN %(start)s AND %(end)s AND f.reopened > 0),
    count(*) FILTER (WHERE f.responded_day BETWEEN %(start)s AND %(end)s),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY f.response_business)
        FILTER (WHERE f.responded_day BETWEEN %(start)s AND %(end)s)
"""
_FACTS: Final = """
FROM kpis_requestfact f
WHERE f.excluded = '' AND (f.resolved_day BETWEEN %(start)s AND %(end)s
        OR f.responded_day BETWEEN %(start)s AND %(end)s)
"""


@dataclass(frozen=True)
class Own:
    """Medians in business seconds; `met` of `promised` resolutions were in promise."""

    resolved: int
    net: float | None
    met: int
    promised: int
    reopened: int
    responded: int
    response: float | None

    @property
    def kept(self) -> float | None:
        return self.met / self.promised if self.promised else None


def own(holder: int, start: date, end: date) -> Own:
    """What one holder resolved and answered first in [start, end]."""
    said = {"holder": holder, "start": start, "end": end}
    (row,) = run(f"SELECT {_FIGURES} {_FACTS} AND f.coordinator_id = %(holder)s", said)
    return Own(*row)


def by_holder(start: date, end: date, team: int | None) -> list[tuple[str, Own]]:
    """(name, figures) of each who holds or held something, by name; of one team or all."""
    said = {"start": start, "end": end, "team": -1 if team is None else team}
    rows = run(
        f"""SELECT u.name, {_FIGURES} {_FACTS.replace("WHERE", "JOIN people_user u ON u.id = f.coordinator_id WHERE")}
        AND (%(team)s < 0 OR f.team_id = %(team)s) GROUP BY u.id, u.name ORDER BY u.name, u.id""",
        said,
    )
    return [(name, Own(*row)) for name, *row in rows]
