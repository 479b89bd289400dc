"""Business time of a team, a department or a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from kit.business_time import Interval, WorkingTime, whole
from people.models import Absence, CalendarVersion, Department, Team, User, WorkingCalendar


@dataclass(frozen=True)
class Change:
    """The hours that a calendar had until an instant, and those that it had from then on."""

    at: datetime
    version: int  # the new one
    before: WorkingTime
    after: WorkingTime


def working_time(calendar: WorkingCalendar, *, zone: str = "") -> WorkingTime:
    """The calendar's business time, built once per version; `zone` replaces its own."""
    return _built(calendar.pk, calendar.version, zone)


def changes(calendar_id: int, *, since: int, until: int) -> list[Change]:
    """What happened to a calendar from version `since` to version `until`, in order."""
    ended = CalendarVersion.objects.filter(
        calendar=calendar_id, version__gte=since, version__lt=until
    )
    return [
        Change(at, old + 1, _built(calendar_id, old, ""), _built(calendar_id, old + 1, ""))
        for old, at in ended.order_by("version").values_list("version", "ended_at")
    ]


def for_team(team: Team) -> WorkingTime:
    return working_time(team.calendar)


def for_department(department: Department) -> WorkingTime:
    return working_time(department.calendar)


def for_user(user: User) -> WorkingTime | None:
    """The hours of the user's team (or department) on the user's own clock, less the absences.

    None when the user belongs to neither: nobody said when such a person works.
    """
    group = user.team or user.department
    if group is None:
        return None
    return _time(group.calendar, group.calendar.version, user.zone, _away(user))


Era = tuple[datetime | None, WorkingTime]


def eras(
    calendar: WorkingCalendar, *, since: datetime | None = None, zone: str = "",
    away: tuple[Interval, ...] = (),
) -> list[Era]:  # fmt: skip
    """The hours of a calendar, oldest first, each with the instant at which it was changed (None:
    in force). `since` leaves out what had ended by then."""
    past: list[Era] = []
    if calendar.version > 1:
        ended = CalendarVersion.objects.filter(calendar=calendar).order_by("version")
        if since is not None:
            ended = ended.filter(ended_at__gt=since)
        past = [
            (whole(at), _time(calendar, version, zone, away))
            for version, at in ended.values_list("version", "ended_at")
        ]
    return [*past, (None, _time(calendar, calendar.version, zone, away))]


def seconds_in(known: Sequence[Era], start: datetime, end: datetime) -> int:
    """Business seconds from `start` to `end`, each part of it in the hours that counted then."""
    here, total = start, 0
    for until, hours in known:
        stop = end if until is None else min(until, end)
        if stop > here:
            total += hours.seconds_between(here, stop)
            here = stop
    return total


def seconds_held(
    start: datetime, end: datetime, *, team: Team, department: Department | None = None,
    user: User | None = None,
) -> int:  # fmt: skip
    """Business seconds of whoever holds something: of the department, else of the person, else of
    the team; each part of the time in the hours that its calendar had then."""
    group: Team | Department = department or team
    zone = ""
    away: tuple[Interval, ...] = ()
    if department is None and user is not None and (user.team or user.department):
        group, zone, away = user.team or user.department or team, user.zone, _away(user)
    return seconds_in(eras(group.calendar, since=start, zone=zone, away=away), start, end)


def _away(user: User) -> tuple[Interval, ...]:
    return tuple(
        (a.starts_at.astimezone(UTC), a.ends_at.astimezone(UTC))
        for a in Absence.objects.filter(user=user).order_by("starts_at", "pk")
    )


def _time(
    calendar: WorkingCalendar, version: int, zone: str, away: tuple[Interval, ...]
) -> WorkingTime:
    """Built anew only for somebody with absences."""
    if away:
        return _make(calendar.pk, version, zone, away)
    return _built(calendar.pk, version, zone)


@lru_cache(maxsize=512)
def _built(pk: int, version: int, zone: str) -> WorkingTime:
    return _make(pk, version, zone, ())


def _make(pk: int, version: int, zone: str, away: tuple[Interval, ...]) -> WorkingTime:
    """One version of a calendar: the present row, or what is kept of a past one.

    Hours and holidays of the present come in one statement: a change between two would mix them.
    """
    now = WorkingCalendar.objects.filter(pk=pk, version=version).annotate(
        days=ArrayAgg("holidays__on", filter=Q(holidays__isnull=False), default=[])
    )
    found = now.values_list("hours", "zone", "days").first()
    if found is None:
        past = CalendarVersion.objects.get(calendar=pk, version=version)
        days = [date.fromisoformat(day) for day in past.holidays]
        found = past.hours, past.zone, days
    hours, own_zone, holidays = found
    return week_of(hours, zone or own_zone, frozenset(holidays), away)


def week_of(
    hours: list[list[list[str]]], zone: str, holidays: frozenset[date] = frozenset(),
    away: tuple[Interval, ...] = (),
) -> WorkingTime:  # fmt: skip
    """Business time from hours as calendars keep them: ["09:00", "17:00"] pairs.

    :raises BusinessTimeError: for overlapping or impossible hours, or an unknown zone.
    """
    week = tuple(tuple((_minute(start), _minute(end)) for start, end in day) for day in hours)
    return WorkingTime(week, zone, holidays, away)


def _minute(wall: str) -> int:
    hour, minute = wall.split(":")
    return int(hour) * 60 + int(minute)
