"""Reading rollups and, where there are few values, the facts themselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from kpis import histogram
from kpis.definitions import EXACT_UP_TO, Measure
from kpis.models import ALL
from kpis.queries.filters import Filters

SHARES: Final = (0.5, 0.9)
Place = tuple[str, str, str]  # measure; "now", "before", "step", "team" or "type"; its key


@dataclass(frozen=True)
class Sums:
    n: int = 0
    hits: int = 0
    calendar: int = 0
    business: int = 0
    amount: Decimal = Decimal(0)
    hit_amount: Decimal = Decimal(0)


@dataclass(frozen=True)
class Percentiles:
    median: float
    p90: float
    exact: bool


# How rollup cells are grouped, and which cells: those over all teams (types) unless one is chosen.
_HERE = "team_id = %(team)s AND type_id = %(type)s"
_PERIOD = "day BETWEEN %(start)s AND %(end)s"
_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "now": ("''", f"{_HERE} AND {_PERIOD}"),
    "before": ("''", f"{_HERE} AND day >= %(before)s AND day < %(start)s"),
    "step": ("date_trunc(%(step)s, day)::date::text", f"{_HERE} AND {_PERIOD}"),
    "team": (
        "team_id::text",
        f"team_id >= 0 AND %(team)s IN ({ALL}, team_id) AND type_id = %(type)s AND {_PERIOD}",
    ),
    "type": (
        "type_id::text",
        f"type_id >= 0 AND %(type)s IN ({ALL}, type_id) AND team_id = %(team)s AND {_PERIOD}",
    ),
}
ALL_PARTS: Final = tuple(_PARTS)
TOTALS: Final = ("now", "before")


def sums(names: Sequence[str], filters: Filters, parts: Sequence[str]) -> dict[Place, Sums]:
    """The sums of measures by part, in one query."""
    pieces = [
        f"""SELECT measure, '{part}', {_PARTS[part][0]}, sum(n)::bigint, sum(hits)::bigint,
            sum(calendar_sum)::bigint, sum(business_sum)::bigint, sum(amount), sum(hit_amount)
            FROM kpis_rollup WHERE measure = ANY(%(names)s) AND {_PARTS[part][1]}
            GROUP BY 1, 3"""  # noqa: S608 - constants of this module
        for part in parts
    ]
    rows = _run(" UNION ALL ".join(pieces), {**filters.cell(), "names": list(names)})
    return {(r[0], r[1], r[2]): Sums(*r[3:]) for r in rows}


def percentiles(
    measures: Iterable[Measure], filters: Filters, parts: Sequence[str], known: Mapping[Place, Sums]
) -> dict[Place, Percentiles]:
    """Median and p90 by part: exact from the facts, or from histograms where there are many."""
    timed = [m for m in measures if m.has_histogram]
    few = [m for m in timed if _most(m, known) <= EXACT_UP_TO]
    many = [m for m in timed if _most(m, known) > EXACT_UP_TO]
    return {**_exact(few, filters, parts), **_estimated(many, filters, parts)}


def _most(measure: Measure, known: Mapping[Place, Sums]) -> int:
    return sum(known.get((measure.name, part, ""), Sums()).n for part in TOTALS)


def _exact(
    measures: Sequence[Measure], filters: Filters, parts: Sequence[str]
) -> dict[Place, Percentiles]:
    pieces = [_exact_sql(m, filters, part) for m in measures for part in parts]
    if not pieces:
        return {}
    rows = _run(" UNION ALL ".join(pieces), {**filters.cell(), "shares": list(SHARES)})
    return {
        (name, part, key): Percentiles(values[0], values[1], exact=True)
        for name, part, key, values in rows
        if values and values[0] is not None
    }


def _exact_sql(measure: Measure, filters: Filters, part: str) -> str:
    key, _ = _PARTS[part]
    day = measure.day
    period = (
        f"{day} >= %(before)s AND {day} < %(start)s"
        if part == "before"
        else f"{day} BETWEEN %(start)s AND %(end)s"
    )
    column = filters.column(measure)
    return f"""SELECT '{measure.name}', '{part}', key,
        percentile_cont(%(shares)s::float8[]) WITHIN GROUP (ORDER BY seconds)
        FROM (SELECT {key.replace("day)", f"{day})")} AS key, {column} AS seconds
            FROM {measure.table} WHERE {period} AND {measure.where} AND {column} IS NOT NULL
            AND (%(team)s < 0 OR team_id = %(team)s) AND (%(type)s < 0 OR type_id = %(type)s)
        ) AS few GROUP BY key"""  # noqa: S608 - constants of kpis/definitions.py


def _estimated(
    measures: Sequence[Measure], filters: Filters, parts: Sequence[str]
) -> dict[Place, Percentiles]:
    if not measures:
        return {}
    pieces = []
    for clock in ("business", "calendar"):
        names = [m.name for m in measures if filters.uses_business(m) == (clock == "business")]
        if names:
            quoted = ", ".join(f"'{name}'" for name in names)
            pieces += [_estimated_sql(quoted, clock, part) for part in parts]
    counts: dict[Place, dict[int, int]] = defaultdict(dict)
    for name, part, key, bucket, k in _run(" UNION ALL ".join(pieces), filters.cell()):
        counts[name, part, key][bucket] = k
    found = {place: histogram.percentiles(c, SHARES) for place, c in counts.items()}
    return {place: Percentiles(pair[0], pair[1], exact=False) for place, pair in found.items()}


def _estimated_sql(names: str, clock: str, part: str) -> str:
    return f"""SELECT measure, '{part}', {_PARTS[part][0]}, bucket, sum(k)::bigint
        FROM kpis_rollup, unnest({clock}_buckets, {clock}_counts) AS counted(bucket, k)
        WHERE measure IN ({names}) AND {_PARTS[part][1]} GROUP BY 1, 3, 4"""  # noqa: S608


def _run(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as sql:
        sql.execute(statement, params)
        return list(sql.fetchall())
