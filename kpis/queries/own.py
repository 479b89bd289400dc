"""The figures of one coordinator, of the requests that she holds or held last."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

SQL: Final = """
SELECT
    count(*) FILTER (WHERE f.resolved_day BETWEEN %(start)s AND %(end)s),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY f.net_business)
        FILTER (WHERE f.resolved_day BETWEEN %(start)s AND %(end)s AND f.net_business IS NOT NULL),
    count(*) FILTER (WHERE f.resolved_day BETWEEN %(start)s AND %(end)s AND f.resolution_met),
    count(f.resolution_met) FILTER (WHERE f.resolved_day BETWEEN %(start)s AND %(end)s),
    count(*) FILTER (WHERE f.resolved_day BETWEEN %(start)s AND %(end)s AND f.reopened > 0),
    count(*) FILTER (WHERE f.responded_day BETWEEN %(start)s AND %(end)s),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY f.response_business)
        FILTER (WHERE f.responded_day BETWEEN %(start)s AND %(end)s)
FROM kpis_requestfact f JOIN desk_salesrequest r ON r.id = f.request_id
WHERE r.holder_id = %(holder)s AND f.excluded = ''
    AND (f.resolved_day BETWEEN %(start)s AND %(end)s
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
    with connection.cursor() as sql:
        sql.execute(SQL, {"holder": holder, "start": start, "end": end})
        return Own(*sql.fetchone())
