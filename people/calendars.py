"""Business time of a team, a department or a person."""

from datetime import UTC, datetime
from functools import lru_cache

from kit.business_time import WorkingTime
from people.models import Absence, Department, Holiday, Team, User, WorkingCalendar

Day = tuple[tuple[int, int], ...]


def working_time(calendar: WorkingCalendar, *, zone: str = "") -> WorkingTime:
    """The calendar's business time, built once per version; `zone` replaces its own."""
    return _built(calendar.pk, calendar.version, zone)


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
    away = tuple(
        (a.starts_at.astimezone(UTC), a.ends_at.astimezone(UTC))
        for a in Absence.objects.filter(user=user).order_by("starts_at", "pk")
    )
    calendar = group.calendar
    if not away:
        return working_time(calendar, zone=user.zone)
    return _make(calendar, user.zone, away)


@lru_cache(maxsize=512)
def _built(pk: int, version: int, zone: str) -> WorkingTime:  # noqa: ARG001 - a new version is a new key
    return _make(WorkingCalendar.objects.get(pk=pk), zone, ())


def _make(
    calendar: WorkingCalendar, zone: str, away: tuple[tuple[datetime, datetime], ...]
) -> WorkingTime:
    hours = tuple(
        tuple((_minute(start), _minute(end)) for start, end in day) for day in calendar.hours
    )
    holidays = frozenset(
        Holiday.objects.filter(calendar=calendar).order_by("on").values_list("on", flat=True)
    )
    return WorkingTime(hours, zone or calendar.zone, holidays, away)


def _minute(wall: str) -> int:
    hour, minute = wall.split(":")
    return int(hour) * 60 + int(minute)
