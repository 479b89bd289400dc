"""Whose hours are open when: one list of intervals for each calendar and clock, not for each person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kit.business_time import Interval, WorkingTime
from meetings.models import FocusBlock
from people import calendars
from people.models import Holiday, User, WorkingCalendar


class NoHours(Exception):
    """Somebody's working hours are not known; the message is fit for people to read."""


@dataclass(frozen=True)
class Hours:
    """Open intervals of each distinct calendar and clock, and which of them each person has."""

    intervals: tuple[tuple[Interval, ...], ...]
    of: dict[int, int]  # user -> place in `intervals`


def open_hours(
    users: Sequence[User], start: datetime, end: datetime, *, lenient: Iterable[int] = ()
) -> Hours:
    """The working hours of `users` within a window; absences are not taken out.

    :param lenient: users who have no hours when nobody knows theirs.
    :raises NoHours: for anybody else who belongs to neither team nor department.
    """
    places: dict[tuple[int, int, str], int] = {}
    found: list[tuple[Interval, ...]] = []
    of: dict[int, int] = {}
    may_lack = set(lenient)
    for user in users:
        group = user.team or user.department
        if group is None:
            if user.pk not in may_lack:
                raise NoHours(f"{user} belongs to no team, so the working hours are not known.")
            continue
        key = (group.calendar.pk, group.calendar.version, user.zone)
        if key not in places:
            places[key] = len(found)
            found.append(
                _intervals(calendars.working_time(group.calendar, zone=user.zone), start, end)
            )
        of[user.pk] = places[key]
    return Hours(tuple(found), of)


def _intervals(hours: WorkingTime, start: datetime, end: datetime) -> tuple[Interval, ...]:
    """Intervals that touch as one: business time ends one with the year, a meeting need not."""
    whole: list[Interval] = []
    for a, b in hours.intervals(start, end):
        if whole and whole[-1][1] == a:
            whole[-1] = (whole[-1][0], b)
        else:
            whole.append((a, b))
    return tuple(whole)


def focus(users: Sequence[User], start: datetime, end: datetime) -> list[tuple[int, Interval]]:
    """The weekly focus blocks of `users` within a window, on each one's own clock."""
    zones = {user.pk: ZoneInfo(user.zone) for user in users}
    rows = FocusBlock.objects.filter(user__in=list(zones)).order_by("pk")
    first = (start - timedelta(days=1)).date()
    days = [first + timedelta(days=n) for n in range((end - start).days + 4)]
    return [
        (row.user_id, stretch)
        for row in rows
        for day in days
        if day.weekday() == row.weekday
        and (stretch := _on(day, row.starts, row.ends, zones[row.user_id]))[1] > start
        and stretch[0] < end
    ]


def _on(day: date, starts: time, ends: time, zone: ZoneInfo) -> Interval:
    return (
        datetime.combine(day, starts, zone).astimezone(UTC),
        datetime.combine(day, ends, zone).astimezone(UTC),
    )


def holidays(users: Sequence[User], start: datetime, end: datetime) -> list[tuple[date, str, str]]:
    """(day, its name, calendar) of holidays within a window: named, not silently left out."""
    groups = [user.team or user.department for user in users]
    keys = {group.calendar.pk for group in groups if group is not None}
    names = dict(WorkingCalendar.objects.filter(pk__in=keys).values_list("pk", "name"))
    rows = Holiday.objects.filter(
        calendar__in=keys, on__gte=start.date(), on__lte=end.date()
    ).order_by("on", "pk")
    return [(row.on, row.name, names.get(row.calendar_id, "")) for row in rows]
