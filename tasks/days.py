"""Working days of whoever has the task; Monday to Friday when nobody said when that one works."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from kit.business_time import WorkingTime
from people import calendars
from people.models import Team, User

A_DAY: Final = timedelta(days=1)
SATURDAY: Final = 5
LONGEST_PAUSE: Final = 366  # beyond a year without a working day the calendar is of no help


def time_of(owner: User | None, team: Team | None) -> WorkingTime | None:
    if owner is not None and (own := calendars.for_user(owner)) is not None:
        return own
    return calendars.for_team(team) if team is not None else None


def is_working(time: WorkingTime | None, day: date) -> bool:
    if time is None:
        return day.weekday() < SATURDAY
    zone = ZoneInfo(time.zone)
    begins, ends = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (day, day + A_DAY))
    return bool(time.intervals(begins, ends))


def working_day(time: WorkingTime | None, day: date) -> date:
    """`day`, or the first working day after it."""
    for ahead in range(LONGEST_PAUSE):
        if is_working(time, day + ahead * A_DAY):
            return day + ahead * A_DAY
    return day


def business_days_after(time: WorkingTime | None, start: date, count: int) -> date:
    """The working day that is `count` working days after `start` (0: that day, or the next)."""
    day = working_day(time, start)
    for _ in range(count):
        day = working_day(time, day + A_DAY)
    return day
