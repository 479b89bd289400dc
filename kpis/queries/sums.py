"""Reading rollups and, where there are few values or narrow filters, the facts themselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from kpis import histogram
from kpis.definitions import EXACT_UP_TO, Measure
from kpis.models import ALL
from kpis.queries.filters import ROLLED_UP, Filters

SHARES: Final = (0.5, 0.9)
# measure; "now", "before", "step", or what is cut by: "team", "type", "rep" ...; its key
Place = tuple[str, str, str]


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
    counts: Mapping[int, int] | None = None  # the histogram that they were read from


# How rollup cells are grouped, and which cells: those over all teams (types) unless one is chosen.
_HERE = "team_id = %(team)s AND type_id = %(type)s"
_PERIOD = "day BETWEEN %(start)s AND %(end)s"
_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "now": ("''", f"{_HERE} AND {_PERIOD}"),
    "before": ("''", f"{_HERE} AND day BETWEEN %(before)s AND %(before_end)s"),
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
TOTALS: Final = ("now", "before")
PLAIN_PARTS: Final = (*TOTALS, "step")


def sums(measures: Sequence[Measure], filters: Filters, parts: Sequence[str]) -> dict[Place, Sums]:
    """The sums of measures by part: in one query of the rollups, or one of each kind of facts."""
    if filters.narrow or not {*parts} <= {*PLAIN_PARTS, *ROLLED_UP}:
        return _counted(measures, filters, parts)
    pieces = [
        f"""SELECT measure, '{part}', {_PARTS[part][0]}, sum(n)::bigint, sum(hits)::bigint,
            sum(calendar_sum)::bigint, sum(business_sum)::bigint, sum(amount), sum(hit_amount)
            FROM kpis_rollup WHERE measure = ANY(%(names)s) AND {_PARTS[part][1]}
            GROUP BY 1, 3"""  # noqa: S608 - constants of this module
        for part in parts
    ]
    names = [measure.name for measure in measures]
    rows = run(" UNION ALL ".join(pieces), {**filters.cell(), "names": names})
    return {(r[0], r[1], r[2]): Sums(*r[3:]) for r in rows}


def percentiles(
    measures: Iterable[Measure], filters: Filters, parts: Sequence[str], known: Mapping[Place, Sums]
) -> dict[Place, Percentiles]:
    """Median and p90 by part: exact from the facts, or from histograms where there are many."""
    timed = [m for m in measures if m.has_histogram]
    many = [
        m for m in timed
        if not filters.narrow and {*parts} <= {*_PARTS} and _most(m, known) > EXACT_UP_TO
    ]  # fmt: skip
    few = [m for m in timed if m not in many]
    return {**_exact(few, filters, parts), **_estimated(many, filters, parts)}


def plain_value(measure: Measure, total: Sums) -> float | None:
    """What sums say of a measure that is no duration."""
    if measure.unit == "count":
        return float(total.n)
    if measure.unit == "amount":
        return float(total.amount)
    if measure.unit == "average":
        return float(total.amount) / total.n if total.n else None
    if measure.hit_amount != "0":
        return float(total.hit_amount / total.amount) if total.amount else None
    return total.hits / total.n if total.n else None


def histogram_of(measure: Measure, filters: Filters) -> dict[int, int]:
    """How many values of the period lie in each bucket of kpis/histogram.py."""
    clock = "business" if filters.uses_business(measure) else "calendar"
    if filters.narrow:
        statement = f"""SELECT bucket, count(*)::bigint FROM (
            SELECT {histogram.BUCKET_SQL % "seconds"} AS bucket
            FROM ({rows_of(measure, filters)}) AS picked
            WHERE day BETWEEN %(start)s AND %(end)s AND seconds IS NOT NULL) AS bucketed
            GROUP BY bucket"""  # noqa: S608
    else:
        statement = f"""SELECT bucket, sum(k)::bigint
            FROM kpis_rollup, unnest({clock}_buckets, {clock}_counts) AS counted(bucket, k)
            WHERE measure = %(measure)s AND {_HERE} AND {_PERIOD} GROUP BY bucket"""  # noqa: S608
    return dict(run(statement, {**filters.cell(), "measure": measure.name}))


def rows_of(measure: Measure, filters: Filters) -> str:
    """SQL of the facts that a measure counts, in this period and the one before, each with its day
    in the zone of the filters, what it is cut by, and the seconds of the chosen clock."""
    return f"""SELECT {measure.pk} AS key, {day_of(measure.day, filters)} AS day,
            {", ".join(_columns(measure))},
            {filters.column(measure)} AS seconds
        FROM {measure.table} WHERE {facts_of(measure.day, measure, filters)} AND {measure.where}"""  # noqa: S608


def _columns(measure: Measure) -> list[str]:
    has = {f.attname for f in measure.facts._meta.concrete_fields}
    names = ("team_id", "type_id", "coordinator_id", "rep_id", "account_id", "priority", "channel")
    return [name for name in names if name in has]


def day_of(column: str, filters: Filters) -> str:
    """The day of a fact, cut in the zone of the filters."""
    if not filters.other_zone:
        return column
    instant = "at" if column == "day" else column.removesuffix("_day") + "_at"
    return f"({instant} AT TIME ZONE %(zone)s)::date"


def facts_of(column: str, measure: Measure, filters: Filters) -> str:
    """The condition that takes the facts of both periods by their index, and of whom was asked."""
    room = 1 if filters.other_zone else 0  # zones are never more than a day apart
    spans = [
        f"{column} BETWEEN %({a})s::date - {room} AND %({b})s::date + {room}"
        for a, b in (("start", "end"), ("before", "before_end"))
    ]
    chosen = [f"({' OR '.join(spans)})"]
    chosen += [f"(%({name})s < 0 OR {name}_id = %({name})s)" for name in ROLLED_UP]
    for name in ("coordinator", "rep", "account", "priority", "channel"):
        if getattr(filters, name) is None:
            continue
        at = name if name in {"priority", "channel"} else f"{name}_id"
        chosen.append(f"{at} = %({name})s" if at in _columns(measure) else "false")
    return " AND ".join(chosen)


def _most(measure: Measure, known: Mapping[Place, Sums]) -> int:
    return sum(known.get((measure.name, part, ""), Sums()).n for part in TOTALS)


def _key(part: str) -> str:
    if part in TOTALS:
        return "''"
    if part == "step":
        return "date_trunc(%(step)s, day)::date::text"
    return f"{part}::text" if part in {"priority", "channel"} else f"{part}_id::text"


def _exact(
    measures: Sequence[Measure], filters: Filters, parts: Sequence[str]
) -> dict[Place, Percentiles]:
    pieces = [_exact_sql(m, filters, part) for m in measures for part in parts]
    if not pieces:
        return {}
    rows = run(" UNION ALL ".join(pieces), {**filters.cell(), "shares": list(SHARES)})
    return {
        (name, part, key): Percentiles(values[0], values[1], exact=True)
        for name, part, key, values in rows
        if values and values[0] is not None
    }


def _exact_sql(measure: Measure, filters: Filters, part: str) -> str:
    span = "%(before)s AND %(before_end)s" if part == "before" else "%(start)s AND %(end)s"
    return f"""SELECT '{measure.name}', '{part}', cut,
        percentile_cont(%(shares)s::float8[]) WITHIN GROUP (ORDER BY seconds)
        FROM (SELECT {_key(part)} AS cut, seconds FROM ({rows_of(measure, filters)}) AS picked
            WHERE day BETWEEN {span} AND seconds IS NOT NULL) AS few GROUP BY cut"""  # noqa: S608


def _estimated(
    measures: Sequence[Measure], filters: Filters, parts: Sequence[str]
) -> dict[Place, Percentiles]:
    if not measures:
        return {}
    together = "step" in parts  # the steps of a period add up to it: its cells are read once
    pieces = []
    for clock in ("business", "calendar"):
        names = [m.name for m in measures if filters.uses_business(m) == (clock == "business")]
        if names:
            quoted = ", ".join(f"'{name}'" for name in names)
            pieces += [
                _estimated_sql(quoted, clock, part)
                for part in parts
                if not (together and part == "now")
            ]
    counts: dict[Place, dict[int, int]] = defaultdict(dict)
    for name, part, key, buckets, numbers in run(" UNION ALL ".join(pieces), filters.cell()):
        counts[name, part, key] = histogram.merged(buckets, numbers)
        if together and part == "step":
            whole = counts[name, "now", ""]
            for bucket, k in counts[name, part, key].items():
                whole[bucket] = whole.get(bucket, 0) + k
    found = {place: histogram.percentiles(c, SHARES) for place, c in counts.items()}
    return {
        place: Percentiles(pair[0], pair[1], exact=False, counts=counts[place])
        for place, pair in found.items()
    }


def _estimated_sql(names: str, clock: str, part: str) -> str:
    """Histograms go out as text and are added up outside: a fifth of the time of taking them apart
    and grouping them in the database."""
    buckets, counts = (
        f"string_agg(array_to_string({clock}_{what}, ','), ',')" for what in ("buckets", "counts")
    )
    return f"""SELECT measure, '{part}', {_PARTS[part][0]}, {buckets}, {counts}
        FROM kpis_rollup WHERE measure IN ({names}) AND {_PARTS[part][1]}
            AND cardinality({clock}_buckets) > 0 GROUP BY 1, 3"""  # noqa: S608


def _counted(
    measures: Sequence[Measure], filters: Filters, parts: Sequence[str]
) -> dict[Place, Sums]:
    """The sums, from the facts: one pass over each kind of facts for all its measures."""
    together: dict[tuple[str, str], list[Measure]] = defaultdict(list)
    for measure in measures:
        together[measure.table, measure.day].append(measure)
    found: dict[Place, Sums] = {}
    for mine in together.values():
        for start in range(0, len(mine), _AT_ONCE):
            found |= _pass(mine[start : start + _AT_ONCE], filters, parts)
    return found


_AT_ONCE: Final = 100  # a SELECT has at most 1,664 columns


def _pass(measures: Sequence[Measure], filters: Filters, parts: Sequence[str]) -> dict[Place, Sums]:
    first = measures[0]
    cuts = [part for part in parts if part not in TOTALS]
    known = [c for c in cuts if c == "step" or _key(c).removesuffix("::text") in _columns(first)]
    keys = "".join(f", {_key(c)} AS cut_{c}" for c in known)
    sets = ", ".join(["(now)", *(f"(now, cut_{c})" for c in known)])
    which = "".join(f", grouping(cut_{c}), cut_{c}" for c in known)
    statement = f"""SELECT now{which}, {", ".join(_aggregates(m) for m in measures)}
        FROM (SELECT *, day BETWEEN %(start)s AND %(end)s AS now{keys}
            FROM (SELECT {day_of(first.day, filters)} AS day, facts.*
                FROM {first.table} AS facts WHERE {facts_of(first.day, first, filters)}) AS picked
            WHERE day BETWEEN %(start)s AND %(end)s
                OR day BETWEEN %(before)s AND %(before_end)s) AS cut
        GROUP BY GROUPING SETS ({sets})"""  # noqa: S608 - constants of kpis/definitions
    if first.day == "day":  # the facts have a column of this name themselves
        statement = statement.replace("AS day, facts.*", f"AS day, {_all_but_day(first)}")
    found: dict[Place, Sums] = {}
    for row in run(statement, filters.cell()):
        part, key = _place(row, known)
        if part in parts:
            numbers = row[1 + 2 * len(known) :]
            for i, measure in enumerate(measures):
                sums_ = Sums(*numbers[i * 6 : i * 6 + 6])
                if sums_.n:
                    found[measure.name, part, key] = sums_
    return found


def _all_but_day(measure: Measure) -> str:
    names = [f.attname for f in measure.facts._meta.concrete_fields if f.attname != "day"]
    return ", ".join(f"facts.{name}" for name in names)


def _place(row: tuple[Any, ...], cuts: Sequence[str]) -> tuple[str, str]:
    """Which part a row of the grouping sets is of; cuts of the period before are nobody's."""
    for i, cut in enumerate(cuts):
        if row[1 + 2 * i] == 0:
            return (cut if row[0] else "", str(row[2 + 2 * i]))
    return ("now" if row[0] else "before", "")


def _aggregates(measure: Measure) -> str:
    columns = (measure.n, measure.hits, measure.calendar, measure.business)
    whole = [f"coalesce(sum({c}) FILTER (WHERE {measure.where}), 0)::bigint" for c in columns]
    money = [
        f"coalesce(sum({c}) FILTER (WHERE {measure.where}), 0)::numeric"
        for c in (measure.amount, measure.hit_amount)
    ]
    return ", ".join([*whole, *money])


def run(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as sql:
        sql.execute(statement, params)
        return list(sql.fetchall())
