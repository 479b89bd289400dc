"""The requests that took longest."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from desk.models import SalesRequest
from kpis.definitions import Measure
from kpis.queries.filters import Filters

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
