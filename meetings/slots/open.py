"""When people may be booked by somebody who is not the desk: all rules hold, nothing gives way."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from meetings.models import BookingRules
from meetings.slots import free
from meetings.slots.hours import focus, open_hours
from meetings.slots.intervals import fits, starts
from people.models import User


def open_times(
    users: Sequence[User], *, minutes: int, step: int, window_from: datetime,
    window_until: datetime, at: datetime, before: int = 0, after: int = 0,
    ignoring: int | None = None,
) -> dict[int, list[datetime]]:  # fmt: skip
    """At which times (UTC) each of `users` may be booked for `minutes`, every `step` minutes.

    Hours, holidays, absences, meetings, holds, outside calendars, room around, focus blocks and the
    most meetings a day are all kept. Who belongs to no team is never free.

    :param before: minutes that the meeting wants free before itself; `after` likewise.
    :param ignoring: the meeting that is being moved: its own time is free time.
    """
    asked = free.Asked(window_from, window_until, at, before, after, ignoring)
    length, every = timedelta(minutes=minutes), timedelta(minutes=step)
    zones = {user.pk: ZoneInfo(user.zone) for user in users}
    return {
        pk: list(starts(stretches, length, every, zones[pk]))
        for pk, stretches in _free(users, asked).items()
    }


def is_open(
    user: User, starts_at: datetime, *, minutes: int, at: datetime, before: int = 0, after: int = 0,
    ignoring: int | None = None,
) -> bool:  # fmt: skip
    """Whether `user` may be booked then. Wait for the user's time first (`services.taking.wait_for`):
    then nobody slips in before the booking."""
    ends_at = starts_at + timedelta(minutes=minutes)
    day = timedelta(days=1)  # the whole days around it: the most meetings a day are counted on them
    asked = free.Asked(starts_at - day, ends_at + day, at, before, after, ignoring)
    return fits(starts_at, ends_at, _free([user], asked)[user.pk])


def _free(users: Sequence[User], asked: free.Asked) -> dict[int, list[tuple[datetime, datetime]]]:
    keys = [user.pk for user in users]
    hours = open_hours(users, asked.start, asked.until, lenient=keys)
    blocks = focus(users, asked.start, asked.until)
    return free.free_times(asked, hours, limits_of(users), blocks).others


def limits_of(users: Sequence[User]) -> dict[int, tuple[str, int | None]]:
    """user -> (zone, most meetings a day)"""
    rules = BookingRules.objects.filter(user__in=[user.pk for user in users])
    most = dict(rules.values_list("user_id", "most_per_day"))
    return {user.pk: (user.zone, most.get(user.pk)) for user in users}
