"""How long things took one by one: counts by steps of time, and the slowest."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from desk.models import SalesRequest
from kpis.definitions import Measure
from kpis.queries.filters import Filters

HOUR: Final = 3600
# Upper ends of the steps in seconds, and what they are called.
STEPS: Final = (
    (HOUR // 4, "15 min"), (HOUR // 2, "30 min"), (HOUR, "1 h"), (2 * HOUR, "2 h"),
    (4 * HOUR, "4 h"), (8 * HOUR, "8 h"), (16 * HOUR, "16 h"), (24 * HOUR, "24 h"),
    (40 * HOUR, "40 h"), (80 * HOUR, "80 h"),
)  # fmt: skip
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


def _where(measure: Measure, filters: Filters) -> str:
    return f"""{measure.day} BETWEEN %(start)s AND %(end)s AND {measure.where}
        AND {filters.column(measure)} IS NOT NULL
        AND (%(team)s < 0 OR team_id = %(team)s) AND (%(type)s < 0 OR type_id = %(type)s)"""


def bins(measure: Measure, filters: Filters) -> list[tuple[str, int]]:
    """(up to, how many) for each step, the last one open; a step holds its upper end."""
    column = filters.column(measure)
    found = dict(_run(
        f"""SELECT width_bucket({column} - 0.5, %(ends)s::float8[]), count(*) FROM {measure.table}
        WHERE {_where(measure, filters)} GROUP BY 1""",  # noqa: S608 - constants of definitions
        {**filters.cell(), "ends": [end for end, _ in STEPS]},
    ))  # fmt: skip
    labels = [f"≤ {label}" for _, label in STEPS] + [f"> {STEPS[-1][1]}"]
    return [(label, int(found.get(place, 0))) for place, label in enumerate(labels)]


def slowest(
    measure: Measure, filters: Filters, seen: QuerySet[SalesRequest], many: int
) -> list[Slow]:
    """The requests that took longest, of those in `seen`."""
    column = filters.column(measure)
    rows = _run(
        f"""SELECT {measure.pk}, {column}, {measure.day}, team_id, type_id FROM {measure.table}
        WHERE {_where(measure, filters)} ORDER BY {column} DESC, {measure.pk} LIMIT %(many)s""",  # noqa: S608
        {**filters.cell(), "many": many * LOOKED_AT},
    )
    names = dict(seen.filter(pk__in=[row[0] for row in rows]).values_list("pk", "subject"))
    shown = [row for row in rows if row[0] in names][:many]
    return [Slow(pk, names[pk], *more) for pk, *more in shown]


def _run(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as sql:
        sql.execute(statement, params)
        return list(sql.fetchall())
