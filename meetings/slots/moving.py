"""What would have to move when nothing fits: the cheapest ways, with whom to ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from meetings.models import Priority
from meetings.slots.finding import STEP, Wanted, hours_of
from meetings.slots.intervals import starts

INTERNAL, WITH_GUESTS, IMPORTANT, HELD = 2, 6, 12, 1

# Meetings in the way of each candidate. What is not ours to move (absences, outside calendars)
# rules a candidate out.
_IN_THE_WAY: Final = """
WITH candidate AS (
    SELECT s AS starts_at, tstzrange(s, s + %(length)s) AS during
    FROM unnest(%(starts)s::timestamptz[]) AS s
), fixed AS (
    SELECT during FROM meetings_outsidebusy WHERE user_id = ANY(%(users)s) AND NOT tentative
        AND lower(during) < %(until)s AND upper(during) > %(start)s
    UNION ALL
    SELECT tstzrange(starts_at, ends_at) FROM people_absence WHERE user_id = ANY(%(users)s)
        AND starts_at < %(until)s AND ends_at > %(start)s
), possible AS (
    SELECT c.* FROM candidate c WHERE NOT EXISTS (SELECT FROM fixed f WHERE f.during && c.during)
)
SELECT p.starts_at, b.meeting_id, max(m.title), max(m.priority), bool_or(b.hold_until IS NOT NULL),
    EXISTS (SELECT FROM meetings_attendee a WHERE a.meeting_id = b.meeting_id AND a.role = 'guest'),
    array_agg(b.user_id ORDER BY b.user_id)
FROM possible p
JOIN meetings_booking b ON b.user_id = ANY(%(users)s) AND b.during && p.during
    AND lower(b.during) < %(until)s AND lower(b.during) > %(start)s - interval '13 hours'
    AND (b.hold_until IS NULL OR b.hold_until > %(at)s)
    AND (%(ignoring)s::bigint IS NULL OR b.meeting_id IS DISTINCT FROM %(ignoring)s)
LEFT JOIN meetings_meeting m ON m.id = b.meeting_id
GROUP BY p.starts_at, b.meeting_id
"""


@dataclass(frozen=True)
class InTheWay:
    """One meeting that would have to move, and whose time it takes."""

    meeting_id: int | None
    title: str
    who: tuple[str, ...]
    why: str  # what moving it means: "only colleagues", "with guests"


@dataclass(frozen=True)
class Way:
    """A time that works once these have moved."""

    starts_at: datetime
    ends_at: datetime
    cost: int
    in_the_way: tuple[InTheWay, ...]


def ways_out(wanted: Wanted, *, limit: int = 5) -> list[Way]:
    """Times within everybody's hours at which the least has to move; none if hours never meet."""
    names = {user.pk: user.get_full_name() for user in wanted.attendees}
    utc = ZoneInfo("UTC")
    candidates = list(starts(_shared_hours(wanted), wanted.length, 2 * STEP, utc))
    ways: dict[datetime, list[tuple[int, InTheWay]]] = {}
    for at, pk, title, priority, held, guests, users in _rows(wanted, candidates, list(names)):
        cost, why = _cost(priority, held=held, guests=guests)
        who = tuple(names[one] for one in dict.fromkeys(users))
        ways.setdefault(at, []).append((cost, InTheWay(pk, title or "Taken", who, why)))
    found = [
        Way(at, at + wanted.length, sum(cost for cost, _ in rows), tuple(row for _, row in rows))
        for at, rows in ways.items()
    ]
    return sorted(found, key=lambda way: (way.cost, way.starts_at))[:limit]


def _cost(priority: str | None, *, held: bool, guests: bool) -> tuple[int, str]:
    if held:
        return HELD, "only held for a proposal"
    if priority == Priority.HIGH:
        return IMPORTANT, "important"
    return (WITH_GUESTS, "with guests") if guests else (INTERNAL, "only colleagues")


def _shared_hours(wanted: Wanted) -> list[tuple[datetime, datetime]]:
    """When all who must come are at work, whatever they have booked."""
    hours = hours_of(wanted)
    shared = [(wanted.window_from, wanted.until)]
    for place in {hours.of[user.pk] for user in wanted.attendees}:
        shared = _both(shared, hours.intervals[place])
    return shared


def _both(
    one: Sequence[tuple[datetime, datetime]], other: Sequence[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    """What two sorted lists of intervals share."""
    shared, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            shared.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return shared


def _rows(
    wanted: Wanted, candidates: Sequence[datetime], users: Sequence[int]
) -> list[tuple[datetime, int | None, str, str, bool, bool, list[int]]]:
    said: dict[str, Any] = {
        "starts": list(candidates), "length": timedelta(minutes=wanted.minutes), "users": users,
        "start": wanted.window_from, "until": wanted.until, "at": wanted.at,
        "ignoring": wanted.ignoring,
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(_IN_THE_WAY, said)
        return list(sql.fetchall())
