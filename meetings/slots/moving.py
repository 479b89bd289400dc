"""What would have to move when nothing fits: the cheapest ways, with whom to ask."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, OuterRef

from kit.business_time import Interval
from meetings.models import Attendee, Meeting, Priority
from meetings.slots.finding import STEP, Wanted, hours_of
from meetings.slots.intervals import both, starts

HELD, INTERNAL, WITH_GUESTS, IMPORTANT = 1, 2, 6, 12

# What takes time of those who must come; what is not ours to move (absences, outside calendars)
# has no user. Seconds come over far cheaper than ranges, which are taken apart in Python.
_TAKEN: Final = """
SELECT user_id, meeting_id, hold_until IS NOT NULL,
    extract(epoch FROM lower(during))::float8, extract(epoch FROM upper(during))::float8
FROM meetings_booking
WHERE user_id = ANY(%(users)s) AND upper(during) > %(start)s
    AND lower(during) < %(until)s AND lower(during) > %(start)s - interval '13 hours'
    AND (hold_until IS NULL OR hold_until > %(at)s)
    AND (%(ignoring)s::bigint IS NULL OR meeting_id IS DISTINCT FROM %(ignoring)s)
UNION ALL
SELECT NULL, NULL, false, extract(epoch FROM lower(during))::float8,
    extract(epoch FROM upper(during))::float8
FROM meetings_outsidebusy WHERE user_id = ANY(%(users)s) AND NOT tentative
    AND lower(during) < %(until)s AND upper(during) > %(start)s
UNION ALL
SELECT NULL, NULL, false, extract(epoch FROM starts_at)::float8, extract(epoch FROM ends_at)::float8
FROM people_absence WHERE user_id = ANY(%(users)s)
    AND starts_at < %(until)s AND ends_at > %(start)s
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


@dataclass
class _Candidate:
    """A time, and whose time which meetings take then; `fixed` if something cannot move."""

    users: dict[tuple[int | None, bool], list[int]]
    fixed: bool = False


def ways_out(wanted: Wanted, *, limit: int = 5) -> list[Way]:
    """Times within everybody's hours at which the least has to move; none if hours never meet.

    Three queries, whatever the number of people and meetings.
    """
    times = list(starts(_shared_hours(wanted), wanted.length, 2 * STEP, ZoneInfo("UTC")))
    found = _in_the_way(wanted, times)
    movable = {at: one for at, one in found.items() if not one.fixed and one.users}
    meetings = _meetings({pk for one in movable.values() for pk, _ in one.users if pk})
    costs = {
        at: sum(_cost(meetings.get(pk or 0), held=held)[0] for pk, held in one.users)
        for at, one in movable.items()
    }
    best = sorted(costs, key=lambda at: (costs[at], at))[:limit]
    names = {user.pk: user.get_full_name() for user in wanted.attendees}
    return [
        Way(at, at + wanted.length, costs[at], tuple(_words(movable[at], meetings, names)))
        for at in best
    ]


def _shared_hours(wanted: Wanted) -> list[Interval]:
    """When all who must come are at work, whatever they have booked."""
    hours = hours_of(wanted)
    shared: list[Interval] = [(wanted.window_from, wanted.until)]
    for place in {hours.of[user.pk] for user in wanted.attendees}:
        shared = both(shared, hours.intervals[place])
    return shared


def _in_the_way(wanted: Wanted, times: Sequence[datetime]) -> dict[datetime, _Candidate]:
    """What touches each of the sorted times."""
    found: dict[datetime, _Candidate] = defaultdict(lambda: _Candidate(defaultdict(list)))
    for user, meeting, held, start, end in _taken(wanted):
        first = bisect_right(times, _utc(start) - wanted.length)
        for at in times[first : bisect_left(times, _utc(end))]:
            if user is None:
                found[at].fixed = True
            else:
                found[at].users[meeting, held].append(user)
    return found


def _taken(wanted: Wanted) -> list[tuple[int | None, int | None, bool, float, float]]:
    said: dict[str, Any] = {
        "users": [user.pk for user in wanted.attendees], "start": wanted.window_from,
        "until": wanted.until, "at": wanted.at, "ignoring": wanted.ignoring,
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(_TAKEN, said)
        return list(sql.fetchall())


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _meetings(keys: Iterable[int]) -> dict[int, Meeting]:
    guests = Attendee.objects.filter(meeting=OuterRef("pk"), role=Attendee.Role.GUEST)
    rows = Meeting.objects.filter(pk__in=list(keys)).annotate(has_guests=Exists(guests))
    return {row.pk: row for row in rows}


def _cost(meeting: Meeting | None, *, held: bool) -> tuple[int, str]:
    if held:
        return HELD, "only held for a proposal"
    if meeting is not None and meeting.priority == Priority.HIGH:
        return IMPORTANT, "important"
    if meeting is not None and getattr(meeting, "has_guests", False):
        return WITH_GUESTS, "with guests"
    return INTERNAL, "only colleagues"


def _words(
    one: _Candidate, meetings: dict[int, Meeting], names: dict[int, str]
) -> Iterable[InTheWay]:
    for (pk, held), users in one.users.items():
        meeting = meetings.get(pk or 0)
        who = tuple(names[user] for user in sorted(set(users)))
        yield InTheWay(pk, meeting.title if meeting else "Taken", who, _cost(meeting, held=held)[1])
