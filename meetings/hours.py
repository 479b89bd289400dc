"""Times on the clock of a meeting's host: mornings, evenings, working days."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from kit.business_time import WorkingTime
from kit.once import once
from people import calendars
from people.models import User, office_hours
from tasks.days import business_days_after, is_working

A_DAY: Final = timedelta(days=1)
LOOKS_AHEAD: Final = timedelta(days=366)
MORNING: Final = time(9)


def of(host: User) -> WorkingTime:
    """The hours of whoever hosts; office hours on her clock when nobody said when she works."""
    return once(
        ("meetings.hours", host.pk),
        lambda: calendars.for_user(host) or calendars.week_of(office_hours(), host.zone),
    )


def at_wall(day: date, wall: time, zone: str) -> datetime:
    """An instant by the clock of a zone; a wall time that the clocks skip is the one after it."""
    local = datetime.combine(day, wall, tzinfo=ZoneInfo(zone))
    return local.astimezone(ZoneInfo("UTC"))


def working_day_before(hours: WorkingTime, day: date) -> date:
    """The last working day before `day`; the day before it if nobody works for a year."""
    for back in range(1, LOOKS_AHEAD.days):
        if is_working(hours, day - back * A_DAY):
            return day - back * A_DAY
    return day - A_DAY


def open_or_next(hours: WorkingTime, at: datetime) -> datetime:
    """`at` if somebody works then, else when work begins next (a day later if it never does)."""
    if hours.is_open(at):
        return at
    nearest = hours.intervals(at, at + timedelta(days=14)) or hours.intervals(at, at + LOOKS_AHEAD)
    return nearest[0][0] if nearest else at + A_DAY


def next_morning(hours: WorkingTime, at: datetime) -> datetime:
    """When work begins on the next working day after the day of `at`, on their own clock."""
    tomorrow = at.astimezone(ZoneInfo(hours.zone)).date() + A_DAY
    return open_or_next(hours, at_wall(tomorrow, time.min, hours.zone))


def morning_after(hours: WorkingTime, at: datetime, days: int) -> datetime:
    """Nine o'clock of the working day that is `days` working days after the day of `at`."""
    start = at.astimezone(ZoneInfo(hours.zone)).date()
    return at_wall(business_days_after(hours, start, days), MORNING, hours.zone)
