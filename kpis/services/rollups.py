"""Daily rollups: the cells of touched days are counted again, in one statement a measure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db import connection, models

from kpis.definitions import Measure, measures_of
from kpis.histogram import BUCKET_SQL
from kpis.models import ALL
from kpis.services.store import Changed

Days = Mapping[str, Collection[date]]  # by day column

# A cell for each day, and for each day with a team, a type, both: sums over "all" need no sum.
_CUBE = "GROUPING SETS ((day), (day, team_id), (day, type_id), (day, team_id, type_id))"
_KEY = (
    f"day, CASE WHEN grouping(team_id) = 1 THEN {ALL} ELSE team_id END AS team_id, "
    f"CASE WHEN grouping(type_id) = 1 THEN {ALL} ELSE type_id END AS type_id"
)


def recount(changes: Iterable[Changed]) -> None:
    """Count the days that changed again."""
    together: dict[type[models.Model], dict[str, set[date]]] = {}
    for change in changes:
        mine = together.setdefault(change.facts, {})
        for column, some in change.days.items():
            mine.setdefault(column, set()).update(some)
    for facts, merged in together.items():
        rebuild(facts, merged)


def rebuild(facts: type[models.Model], days: Days | None = None) -> None:
    """Count the cells of `facts` on `days` again; None means all days there are."""
    for measure in measures_of(facts):
        touched = None if days is None else sorted(days.get(measure.day, ()))
        if touched is None or touched:
            _rebuild(measure, touched)


def _rebuild(measure: Measure, days: list[date] | None) -> None:
    during = "true" if days is None else "day = ANY(%(days)s)"
    mine = "true" if days is None else f"{measure.day} = ANY(%(days)s)"
    params = {"measure": measure.name, "days": days}
    with connection.cursor() as sql:
        sql.execute(f"DELETE FROM kpis_rollup WHERE measure = %(measure)s AND {during}", params)  # noqa: S608
        sql.execute(_insert(measure, mine), params)


def _insert(measure: Measure, mine: str) -> str:
    calendar, business = (
        _histogram(clock) if measure.has_histogram else _no_histogram()
        for clock in ("calendar", "business")
    )
    return f"""
        INSERT INTO kpis_rollup (measure, day, team_id, type_id, n, hits, calendar_sum,
            business_sum, amount, hit_amount, calendar_buckets, calendar_counts,
            business_buckets, business_counts)
        WITH facts AS MATERIALIZED (
            SELECT {measure.day} AS day, team_id, type_id, {measure.n} AS n, {measure.hits} AS hits,
                {measure.calendar} AS calendar, {measure.business} AS business,
                {measure.amount} AS amount, {measure.hit_amount} AS hit_amount
            FROM {measure.table}
            WHERE {measure.day} IS NOT NULL AND {mine} AND {measure.where}
        ), cells AS (
            SELECT {_KEY}, sum(n) AS n, sum(hits) AS hits,
                coalesce(sum(calendar), 0) AS calendar_sum,
                coalesce(sum(business), 0) AS business_sum,
                sum(amount) AS amount, sum(hit_amount) AS hit_amount
            FROM facts GROUP BY {_CUBE}
        ), calendar AS ({calendar}), business AS ({business})
        SELECT %(measure)s, cells.day, cells.team_id, cells.type_id, n, hits, calendar_sum,
            business_sum, amount, hit_amount,
            coalesce(calendar.buckets, '{{}}'), coalesce(calendar.counts, '{{}}'),
            coalesce(business.buckets, '{{}}'), coalesce(business.counts, '{{}}')
        FROM cells LEFT JOIN calendar USING (day, team_id, type_id)
            LEFT JOIN business USING (day, team_id, type_id)
    """  # noqa: S608 - the parts are constants of kpis/definitions.py


def _histogram(clock: str) -> str:
    cells = ("", "team_id, ", "type_id, ", "team_id, type_id, ")
    sets = ", ".join(f"(day, {cell}bucket)" for cell in cells)
    return f"""
        SELECT day, team_id, type_id, array_agg(bucket ORDER BY bucket) AS buckets,
            array_agg(k ORDER BY bucket) AS counts
        FROM (
            SELECT {_KEY}, bucket, count(*)::int AS k
            FROM (SELECT day, team_id, type_id, {BUCKET_SQL % clock} AS bucket FROM facts
                  WHERE {clock} IS NOT NULL) AS bucketed
            GROUP BY GROUPING SETS ({sets})
        ) AS counted GROUP BY day, team_id, type_id
    """  # noqa: S608


def _no_histogram() -> str:
    return (
        "SELECT NULL::date AS day, 0::bigint AS team_id, 0::bigint AS type_id, "
        "NULL::smallint[] AS buckets, NULL::int[] AS counts WHERE false"
    )
