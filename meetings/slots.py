"""Common free times: working hours of all who must come, less bookings and absences, ranked."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

from meetings.models import Booking
from people import calendars
from people.models import User

STEP = timedelta(minutes=15)
LONGEST_WINDOW = timedelta(days=92)
Interval = tuple[datetime, datetime]


class NoHours(Exception):
    """Somebody's working hours are not known; the message is fit for people to read."""


@dataclass(frozen=True)
class Slot:
    """A time that suits all who must come, and why it stands where it does."""

    starts_at: datetime
    ends_at: datetime
    score: float
    reasons: tuple[str, ...]


def find_slots(
    *, attendees: Sequence[User], minutes: int, window_from: datetime, window_until: datetime,
    optional: Sequence[User] = (), guest_zones: Sequence[str] = (), limit: int = 12,
    ignoring: int | None = None,
) -> list[Slot]:  # fmt: skip
    """The best slots, one query for all bookings.

    :param ignoring: the meeting that is being moved: its own bookings are free time.
    :raises NoHours: if somebody who must come has neither team nor department.
    """
    window_until = min(window_until, window_from + LONGEST_WINDOW)
    busy = _busy([*attendees, *optional], window_from, window_until, ignoring)
    free = [(window_from, window_until)]
    for user in attendees:
        free = _both(free, _open(user, window_from, window_until))
        free = _less(free, busy.get(user.pk, []))
    extra = [
        _less(_open(u, window_from, window_until, lenient=True), busy.get(u.pk, []))
        for u in optional
    ]
    length = timedelta(minutes=minutes)
    zones = [ZoneInfo(zone) for zone in guest_zones]
    found = [
        _judged(start, start + length, window_from, extra, zones) for start in _starts(free, length)
    ]
    return sorted(found, key=lambda s: (-s.score, s.starts_at))[:limit]


def _open(user: User, start: datetime, end: datetime, *, lenient: bool = False) -> list[Interval]:
    time = calendars.for_user(user)
    if time is None:
        if lenient:
            return []
        raise NoHours(f"{user} belongs to no team, so the working hours are not known.")
    return _joined(time.intervals(start, end))


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Intervals that touch as one: business time ends one with the year, a meeting need not."""
    whole: list[Interval] = []
    for start, end in intervals:
        if whole and whole[-1][1] == start:
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((start, end))
    return whole


def _busy(
    users: Sequence[User], start: datetime, end: datetime, ignoring: int | None
) -> dict[int, list[Interval]]:
    rows = Booking.objects.filter(user__in=users, during__overlap=(start, end))
    if ignoring is not None:
        rows = rows.exclude(meeting=ignoring)
    busy: dict[int, list[Interval]] = {}
    for user_id, during in rows.order_by("during", "pk").values_list("user_id", "during"):
        busy.setdefault(user_id, []).append((during.lower or start, during.upper or end))
    return busy


def _both(one: list[Interval], other: list[Interval]) -> list[Interval]:
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


def _less(free: list[Interval], busy: list[Interval]) -> list[Interval]:
    """Sorted intervals without the busy ones."""
    left = []
    for start, end in free:
        here = start
        for a, b in busy:
            if b <= here or a >= end:
                continue
            if a > here:
                left.append((here, a))
            here = max(here, b)
        if here < end:
            left.append((here, end))
    return left


def _starts(free: Iterable[Interval], length: timedelta) -> Iterable[datetime]:
    """Quarter hours at which the meeting fits."""
    for start, end in free:
        past = timedelta(seconds=(start.timestamp() % STEP.total_seconds()))
        at = start if not past else start + STEP - past
        while at + length <= end:
            yield at.astimezone(UTC)
            at += STEP


def _fits(start: datetime, end: datetime, intervals: list[Interval]) -> bool:
    """Whether one of the sorted intervals holds all of it."""
    i = bisect_right(intervals, start, key=itemgetter(0)) - 1
    return i >= 0 and end <= intervals[i][1]


def _judged(
    start: datetime,
    end: datetime,
    window: datetime,
    optional: list[list[Interval]],
    zones: Sequence[ZoneInfo],
) -> Slot:
    """Sooner is better; so is a time at which optional people are free and guests are awake."""
    reasons = ["all who must come are free"]
    score = 100 - (start - window).total_seconds() / 86_400 * 3
    free = sum(_fits(start, end, intervals) for intervals in optional)
    if optional:
        score += 5 * free
        reasons.append(f"{free} of {len(optional)} optional free")
    for zone in zones:
        there = start.astimezone(zone)
        score -= 0 if 9 <= there.hour < 17 else 30  # noqa: PLR2004 - office hours of a guest
        reasons.append(f"{there:%H:%M} for the guest")
    if start.minute:
        score -= 1 if start.minute == 30 else 2  # noqa: PLR2004 - half hours before quarters
    return Slot(start, end, score, tuple(reasons))
