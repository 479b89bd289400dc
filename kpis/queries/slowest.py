"""The requests that took longest."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import QuerySet

from desk.models import SalesRequest
from kpis.definitions import Measure
from kpis.queries.filters import Filters
from kpis.queries.sums import rows_of, run

LOOKED_AT: Final = 4  # times as many as wanted, for what a reader may not see


@dataclass(frozen=True)
class Slow:
    """One request that took long."""

    pk: int
    subject: str
    seconds: int
    on: date
    team_id: int
    type_id: int


def slowest(
    measure: Measure, filters: Filters, seen: QuerySet[SalesRequest], many: int
) -> list[Slow]:
    """The requests that took longest, of those in `seen`."""
    rows = run(
        f"""SELECT key, seconds, day, team_id, type_id FROM ({rows_of(measure, filters)}) AS picked
        WHERE day BETWEEN %(start)s AND %(end)s AND seconds IS NOT NULL
        ORDER BY seconds DESC, key LIMIT %(many)s""",  # noqa: S608 - constants of definitions
        {**filters.cell(), "many": many * LOOKED_AT},
    )
    names = dict(seen.filter(pk__in=[row[0] for row in rows]).values_list("pk", "subject"))
    shown = [row for row in rows if row[0] in names][:many]
    return [Slow(pk, names[pk], *more) for pk, *more in shown]
