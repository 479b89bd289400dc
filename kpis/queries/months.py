"""What a measure was in a span of days, over all, by team and by type: exact, for the record."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import connection

from kpis.definitions import Measure
from kpis.models import ALL
from kpis.queries.sums import Sums, plain_value

Cell = tuple[int, int]  # team, type; ALL for all of them


def figures_of(measure: Measure, start: date, until: date) -> dict[Cell, dict[str, Any]]:
    """{n, hits, value} and {median, p90, mean} on each clock, of days from `start` to before
    `until`, rounded to a millionth so that they compare."""
    params: dict[str, Any] = {"measure": measure.name, "start": start, "until": until, "all": ALL}
    found: dict[Cell, dict[str, Any]] = defaultdict(dict)
    with connection.cursor() as sql:
        sql.execute(_SUMS, params)
        for team, kind, *numbers in sql.fetchall():
            sums = Sums(*numbers)
            value = plain_value(measure, sums)
            found[team, kind] = {"n": sums.n, "hits": sums.hits, "value": _rounded(value)}
            for clock in ("calendar", "business") if measure.has_histogram else ():
                mean = getattr(sums, clock) / sums.n if sums.n else None
                found[team, kind][clock] = {"mean": _rounded(mean)}
        if measure.has_histogram:
            sql.execute(_ranks(measure), params)
            for team, kind, *pairs in sql.fetchall():
                for clock, pair in zip(("calendar", "business"), pairs, strict=True):
                    if pair and (team, kind) in found:
                        found[team, kind][clock] |= {
                            "median": _rounded(pair[0]), "p90": _rounded(pair[1])
                        }  # fmt: skip
    return dict(found)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)


_SUMS = """
    SELECT team_id, type_id, sum(n)::bigint, sum(hits)::bigint, sum(calendar_sum)::bigint,
        sum(business_sum)::bigint, sum(amount), sum(hit_amount)
    FROM kpis_rollup WHERE measure = %(measure)s AND day >= %(start)s AND day < %(until)s
        AND (team_id = %(all)s OR type_id = %(all)s)
    GROUP BY team_id, type_id
"""


def _ranks(measure: Measure) -> str:
    rank = "percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY ({}))"
    return f"""
        SELECT CASE WHEN grouping(team_id) = 1 THEN %(all)s ELSE team_id END,
            CASE WHEN grouping(type_id) = 1 THEN %(all)s ELSE type_id END,
            {rank.format(measure.calendar)}, {rank.format(measure.business)}
        FROM {measure.table}
        WHERE {measure.day} >= %(start)s AND {measure.day} < %(until)s AND {measure.where}
        GROUP BY GROUPING SETS ((), (team_id), (type_id))
    """  # noqa: S608 - constants of kpis/definitions
