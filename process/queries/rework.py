"""Work done again: activities that come back within a case, and what going round costs."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Q

from process.models import Activity, EventLog
from process.queries.cache import remember
from process.queries.filters import Filters, cases
from process.queries.graph import process_map

LOOPS_SHOWN: Final = 30
# Which cases count; NULL is no condition. `rework` cases are the only ones that can go round.
_CASES: Final = """
    SELECT id FROM process_case WHERE log_id = %(log)s AND rework
        AND (%(from)s::timestamptz IS NULL OR started_at >= %(from)s)
        AND (%(until)s::timestamptz IS NULL OR started_at < %(until)s)
        AND (%(team)s::bigint IS NULL OR team_id = %(team)s)
        AND (%(type)s::bigint IS NULL OR type_id = %(type)s)
"""
_AGAIN: Final = f"""
WITH chosen AS MATERIALIZED ({_CASES}),
rounds AS (
    SELECT s.case_id, s.activity_id, min(s.place) AS first, max(s.place) AS last, count(*) AS times
    FROM process_step s JOIN chosen ON chosen.id = s.case_id
    GROUP BY 1, 2 HAVING count(*) > 1
), lost AS (
    SELECT r.case_id, r.activity_id, r.times, sum(s.wait) AS calendar, sum(s.business_wait) AS business
    FROM rounds r JOIN process_step s
        ON s.case_id = r.case_id AND s.place >= r.first AND s.place < r.last
    GROUP BY 1, 2, 3
)
SELECT activity_id, count(*), sum(times - 1), sum(calendar), sum(business)
FROM lost GROUP BY 1 ORDER BY sum(calendar) DESC, 1
"""  # noqa: S608 - put together from our own words
_BACK: Final = f"""
WITH chosen AS MATERIALIZED ({_CASES})
SELECT a.activity_id, a.next_activity_id, count(DISTINCT a.case_id), count(*),
    sum(a.wait + b.wait), sum(a.business_wait + b.business_wait)
FROM process_step a JOIN chosen ON chosen.id = a.case_id
JOIN process_step b ON b.case_id = a.case_id AND b.place = a.place + 1
WHERE b.next_activity_id = a.activity_id AND a.next_activity_id <> a.activity_id
GROUP BY 1, 2 ORDER BY 5 DESC, 1, 2 LIMIT {LOOPS_SHOWN}
"""  # noqa: S608 - as above


@dataclass(frozen=True)
class Again:
    """An activity that came back: `extra` times more than once; seconds from the first to the last
    time, over all cases."""

    activity: int
    name: str
    cases: int
    extra: int
    calendar: float
    business: float

    def cost(self, clock: str) -> float:
        return self.calendar if clock == "calendar" else self.business


@dataclass(frozen=True)
class Loop:
    """From one activity to another and straight back, or again the same at once (`other` empty)."""

    source: int
    target: int
    name: str
    other: str
    cases: int | None
    times: int
    calendar: float
    business: float

    def cost(self, clock: str) -> float:
        return self.calendar if clock == "calendar" else self.business


@dataclass(frozen=True)
class Rework:
    cases: int
    with_rework: int
    again: tuple[Again, ...]
    loops: tuple[Loop, ...]

    @property
    def share(self) -> float:
        return self.with_rework / self.cases if self.cases else 0.0


def rework(log: EventLog, filters: Filters) -> Rework:
    return remember(log, "rework", filters.selection, lambda: _read(log, filters))


def _read(log: EventLog, filters: Filters) -> Rework:
    names = dict(Activity.objects.filter(log=log).values_list("pk", "name"))
    counted = cases(log, filters).aggregate(n=Count("*"), again=Count("pk", filter=Q(rework=True)))
    values = _values(log, filters)
    again = tuple(
        Again(pk, names.get(pk, "?"), n, int(extra), float(calendar), float(business))
        for pk, n, extra, calendar, business in _rows(_AGAIN, values)
    )
    back = [
        Loop(a, b, names.get(a, "?"), names.get(b, "?"), n, times, float(calendar), float(business))
        for a, b, n, times, calendar, business in _rows(_BACK, values)
    ]
    at_once = [
        Loop(e.source, e.target, names.get(e.source, "?"), "", None, e.n, e.n * e.calendar.mean,
             e.n * e.business.mean)
        for e in process_map(log, filters).edges
        if e.source == e.target and e.calendar and e.business
    ]  # fmt: skip
    loops = sorted([*back, *at_once], key=lambda loop: (-loop.calendar, loop.source, loop.target))
    return Rework(counted["n"], counted["again"], again, tuple(loops[:LOOPS_SHOWN]))


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as sql:
        sql.execute(statement, values)
        return list(sql.fetchall())


def _values(log: EventLog, filters: Filters) -> dict[str, Any]:
    asked = filters.conditions()
    return {
        "log": log.pk, "from": asked.get("started_at__gte"), "until": asked.get("started_at__lt"),
        "team": filters.team, "type": filters.type,
    }  # fmt: skip
