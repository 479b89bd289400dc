"""When a step is due: so long after or before a moment, by the clock or in somebody's working time."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from followups.kinds import Reader
from followups.models import Step
from kit.business_time import BusinessTimeError, WorkingTime
from people import calendars
from people.models import User, office_hours

LOOKS_BACK: Final = timedelta(days=14)
FARTHEST: Final = 400  # days walked at the most; a calendar without hours ends there
UNITS: Final = {
    Step.Unit.MINUTES: timedelta(minutes=1), Step.Unit.HOURS: timedelta(hours=1),
    Step.Unit.DAYS: timedelta(days=1),
}  # fmt: skip


def hours(clock: str, *, reader: Reader, sender: User | None) -> WorkingTime | None:
    """Whose working time counts; None: every hour does.

    A customer's is ours on her own clock: nobody here knows more of her. Who belongs to no team
    works in office hours of the portal's zone.
    """
    if clock == Step.Clock.ALWAYS:
        return None
    if clock == Step.Clock.READER and reader.user is not None:
        return calendars.for_user(reader.user) or _office("")
    ours = sender.team or sender.department if sender is not None else None
    zone = reader.contact.zone if clock == Step.Clock.READER and reader.contact else ""
    if ours is not None and not zone:
        return calendars.for_user(sender) if sender is not None else None
    return calendars.working_time(ours.calendar, zone=zone) if ours is not None else _office(zone)


@lru_cache(maxsize=512)
def _office(zone: str) -> WorkingTime:
    return calendars.week_of(office_hours(), zone or settings.TIME_ZONE)


def due(step: Step, moment: datetime, working: WorkingTime | None) -> datetime:
    """The instant at which `step` is due, counted from `moment`.

    Working days keep the wall time and skip days without hours; a time outside the hours of its
    day moves to their begin or end. Working hours and minutes are seconds of working time.

    :raises BusinessTimeError: if the calendar has no working hours.
    """
    if working is None:
        return moment + step.amount * UNITS[Step.Unit(step.unit)]
    if step.unit == Step.Unit.DAYS:
        return _days(working, moment, step.amount)
    seconds = round(step.amount * UNITS[Step.Unit(step.unit)].total_seconds())
    return working.add(moment, seconds) if seconds >= 0 else _earlier(working, moment, -seconds)


def _days(working: WorkingTime, moment: datetime, count: int) -> datetime:
    """What happens on a day without hours counts as of the next day that has some."""
    zone = ZoneInfo(working.zone)
    local = moment.astimezone(zone)
    onward = timedelta(days=1 if count >= 0 else -1)
    day = _working_day(working, local.date(), onward, zone) if count >= 0 else local.date()
    for _ in range(abs(count)):
        day = _working_day(working, day + onward, onward, zone)
    return _within(working, datetime.combine(day, local.time(), tzinfo=zone), day, zone)


def _working_day(working: WorkingTime, day: date, onward: timedelta, zone: ZoneInfo) -> date:
    """The first day with hours, from `day` on."""
    for _ in range(FARTHEST):
        if _open(working, day, zone):
            return day
        day += onward
    raise BusinessTimeError("This calendar has no working hours.")


def _open(working: WorkingTime, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    begin = datetime.combine(day, time(0), tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone)
    return working.intervals(begin, end)


def _within(working: WorkingTime, at: datetime, day: date, zone: ZoneInfo) -> datetime:
    """`at`, or the begin of the next hours of its day, or the last minute of them."""
    spans = _open(working, day, zone)
    if not spans:
        return working.add(at, 0)
    for begin, end in spans:
        if at < begin:
            return begin
        if at < end:
            return at.astimezone(begin.tzinfo)
    return spans[-1][1] - timedelta(minutes=1)


def _earlier(working: WorkingTime, moment: datetime, seconds: int) -> datetime:
    """The last instant from which `seconds` of working time pass until `moment`."""
    until = moment
    for _ in range(FARTHEST // LOOKS_BACK.days):
        for begin, end in reversed(working.intervals(until - LOOKS_BACK, until)):
            length = round((end - begin).total_seconds())
            if length >= seconds:
                return end - timedelta(seconds=seconds)
            seconds -= length
        until -= LOOKS_BACK
    return until
