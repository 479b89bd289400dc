"""Free time as Postgres sees it: hours less everything that is taken, as multiranges, one statement.

Around a meeting the larger of two wishes counts: what the one that stands wants after itself, or the
new one before itself. What is firm (meetings, absences, outside calendars) is told from what may give
way to an important meeting (room around meetings, focus blocks, most meetings a day, "maybe" in an
outside calendar).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import connection

from kit.business_time import Interval
from meetings.slots.hours import Hours

# A booking lasts twelve hours at most, and has some room around it; besides, the whole days at both
# ends of the window are read: the most meetings a day are counted on them.
_FREE: Final = """
WITH hours AS (
    SELECT * FROM unnest(%(places)s::int[], %(opens)s::tstzmultirange[]) AS t(place, open)
), person AS (
    SELECT * FROM unnest(%(users)s::bigint[], %(of)s::int[], %(zones)s::text[], %(mosts)s::int[])
        AS t(id, place, zone, most)
), booked AS (
    SELECT b.user_id, b.during, b.before_minutes, b.after_minutes, b.meeting_id
    FROM meetings_booking b
    WHERE b.user_id = ANY(%(users)s)
      AND lower(b.during) < %(until)s + interval '25 hours'
      AND lower(b.during) > %(start)s - interval '38 hours'
      AND (b.hold_until IS NULL OR b.hold_until > %(at)s)
      AND (%(ignoring)s::bigint IS NULL OR b.meeting_id IS DISTINCT FROM %(ignoring)s)
), full_day AS (
    SELECT f.user_id, tstzrange(min(begins), max(begins)) AS during
    FROM (
        SELECT p.id AS user_id, day, p.zone
        FROM person p
        JOIN booked b ON b.user_id = p.id AND b.meeting_id IS NOT NULL
        CROSS JOIN LATERAL (SELECT (lower(b.during) AT TIME ZONE p.zone)::date AS day) d
        WHERE p.most IS NOT NULL
        GROUP BY p.id, day, p.zone, p.most
        HAVING count(DISTINCT b.meeting_id) >= p.most
    ) f
    -- Where midnight is said twice, the day begins with the first; Postgres takes the second.
    CROSS JOIN LATERAL (
        SELECT CASE WHEN ((midnight - interval '1 hour') AT TIME ZONE zone)::date = one
                    THEN midnight - interval '1 hour' ELSE midnight END AS begins
        FROM unnest(ARRAY[day, day + 1]) AS one
        CROSS JOIN LATERAL (SELECT one::timestamp AT TIME ZONE zone AS midnight) m
    ) d
    GROUP BY f.user_id, day
), taken AS (
    SELECT user_id, true AS firm, during FROM booked
    UNION ALL
    SELECT user_id, NOT tentative, during FROM meetings_outsidebusy
    WHERE user_id = ANY(%(users)s) AND lower(during) < %(until)s AND upper(during) > %(start)s
    UNION ALL
    SELECT user_id, true, tstzrange(starts_at, ends_at) FROM people_absence
    WHERE user_id = ANY(%(users)s) AND starts_at < %(until)s AND ends_at > %(start)s
    UNION ALL
    SELECT user_id, false, tstzrange(
        lower(during) - make_interval(mins => greatest(before_minutes, %(after)s)),
        upper(during) + make_interval(mins => greatest(after_minutes, %(before)s)))
    FROM booked WHERE greatest(before_minutes, after_minutes, %(before)s, %(after)s) > 0
    UNION ALL
    SELECT u, false, r FROM unnest(%(focus_users)s::bigint[], %(focus)s::tstzrange[]) AS f(u, r)
    UNION ALL
    SELECT user_id, false, during FROM full_day
), free AS (
    SELECT p.id,
        COALESCE(h.open, '{}') - COALESCE(t.firm, '{}') AS loose,
        COALESCE(h.open, '{}') - COALESCE(t.whole, '{}') AS strict
    FROM person p
    LEFT JOIN hours h ON h.place = p.place
    LEFT JOIN (
        SELECT user_id, range_agg(during) FILTER (WHERE firm) AS firm, range_agg(during) AS whole
        FROM taken GROUP BY user_id
    ) t ON t.user_id = p.id
)
SELECT id, strict, extract(epoch FROM lower(r))::float8, extract(epoch FROM upper(r))::float8
FROM (
    SELECT 0 AS id, true AS strict, unnest(range_intersect_agg(strict)) AS r FROM free
        WHERE id = ANY(%(required)s)
    UNION ALL
    SELECT 0, false, unnest(range_intersect_agg(loose)) FROM free WHERE id = ANY(%(required)s)
    UNION ALL
    SELECT id, true, unnest(strict) FROM free WHERE NOT id = ANY(%(required)s)
) found
ORDER BY r
"""


@dataclass(frozen=True)
class Asked:
    """For whom free time is wanted, within which window, with how many minutes around it."""

    start: datetime
    until: datetime
    at: datetime
    before: int = 0
    after: int = 0
    ignoring: int | None = None


@dataclass(frozen=True)
class Free:
    """Sorted intervals: when all who must come are free, and when each of the others is."""

    strict: list[Interval]
    loose: list[Interval]
    others: dict[int, list[Interval]]


def free_times(
    asked: Asked, hours: Hours, people: Mapping[int, tuple[str, int | None]],
    focus: Sequence[tuple[int, Interval]], required: Sequence[int] = (),
) -> Free:  # fmt: skip
    """When all of `required` are free at once, and when each of the others is, in one statement.

    :param people: user -> (zone, most meetings a day) of everybody concerned.
    """
    said = {
        "start": asked.start, "until": asked.until, "at": asked.at, "ignoring": asked.ignoring,
        "before": asked.before, "after": asked.after, "required": list(required),
        "places": list(range(len(hours.intervals))),
        "opens": [_multirange(one) for one in hours.intervals],
        "users": list(people), "of": [hours.of.get(pk) for pk in people],
        "zones": [zone for zone, _ in people.values()],
        "mosts": [most for _, most in people.values()],
        "focus_users": [pk for pk, _ in focus],
        "focus": [_range(one) for _, one in focus],
    }  # fmt: skip
    found = Free([], [], {pk: [] for pk in people if pk not in set(required)})
    with connection.cursor() as cursor:
        cursor.execute(_FREE, said)
        for pk, strict, start, end in cursor.fetchall():
            shared = found.strict if strict else found.loose
            (found.others[pk] if pk else shared).append((_utc(start), _utc(end)))
    return found


def _utc(seconds: float) -> datetime:
    """Seconds come over far cheaper than ranges, which are taken apart in Python."""
    return datetime.fromtimestamp(seconds, UTC)


def _range(stretch: Interval) -> str:
    return f"[{stretch[0].isoformat()},{stretch[1].isoformat()})"


def _multirange(stretches: Sequence[Interval]) -> str:
    return "{" + ",".join(_range(one) for one in stretches) + "}"
