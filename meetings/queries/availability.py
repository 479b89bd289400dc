"""Reads over when people and rooms can be booked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from meetings.models import Booking, FocusBlock, OutsideBusy, OutsideCalendar, Room
from people.models import Absence, User

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_AHEAD = 7
SOON = timedelta(weeks=4)


@dataclass(frozen=True)
class DayHours:
    """One day of the working week in words: 09:00 to 12:30, 13:00 to 17:00."""

    day: str
    hours: str


@dataclass(frozen=True)
class Stretch:
    """Time that is taken, without words."""

    start: datetime
    end: datetime
    kind: str  # booked, held, outside, away
    tentative: bool = False


def week_of(user: User) -> list[DayHours]:
    """The hours of the calendar of her team or department; empty if she has neither."""
    group = user.team or user.department
    if group is None:
        return []
    return [
        DayHours(name, ", ".join(f"{a} to {b}" for a, b in day))
        for name, day in zip(DAYS, group.calendar.hours, strict=False)
    ]


def blocks_of(user: User) -> QuerySet[FocusBlock]:
    return FocusBlock.objects.filter(user=user).order_by("weekday", "starts", "pk")


def calendars_of(
    *, user: User | None = None, room: Room | None = None, now: datetime
) -> list[OutsideCalendar]:
    """The outside calendars of a person or a room, with `soon`: busy times of the next four weeks."""
    rows = OutsideCalendar.objects.filter(user=user, room=room)
    soon = Q(busy__during__overlap=(now, now + SOON))
    return list(rows.annotate(soon=Count("busy", filter=soon)).order_by("name", "pk"))


def rooms() -> QuerySet[Room]:
    """All rooms, those in use first, with the number of their outside calendars."""
    return Room.objects.annotate(calendars=Count("outside_calendars")).order_by(
        "-is_active", "site", "name", "pk"
    )


def taken(user: User, start: datetime, end: datetime) -> Sequence[Stretch]:
    """What is taken of her time, in order; four kinds, four queries."""
    during = (start, end)
    booked = Booking.objects.filter(user=user, during__overlap=during).exclude(
        hold_until__lte=start
    )
    outside = OutsideBusy.objects.filter(user=user, during__overlap=during)
    away = Absence.objects.filter(user=user, starts_at__lt=end, ends_at__gt=start)
    found = [
        *(_stretch(d, "held" if hold else "booked")
          for d, hold in booked.values_list("during", "hold_until")),
        *(_stretch(d, "outside", tentative=tentative)
          for d, tentative in outside.values_list("during", "tentative")),
        *(Stretch(a, b, "away") for a, b in away.values_list("starts_at", "ends_at")),
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.start, one.end, one.kind))


@dataclass(frozen=True)
class Shown:
    """A part of a day that is taken: 09:00 to 10:30, or all day."""

    words: str
    kind: str
    tentative: bool


@dataclass(frozen=True)
class DayTaken:
    """One day of the coming week: what is taken of it, in order, kinds that touch as one."""

    on: date
    parts: tuple[Shown, ...]


def week_ahead(user: User, now: datetime) -> list[DayTaken]:
    """The next seven days on her own clock, with what is taken."""
    zone = ZoneInfo(user.zone)
    today = now.astimezone(zone).date()
    edges = [
        datetime.combine(today + timedelta(days=n), time.min, zone) for n in range(DAYS_AHEAD + 1)
    ]
    whole = _joined(taken(user, now, edges[-1]))
    return [
        DayTaken(
            start.date(),
            tuple(_cut(one, start, end) for one in whole if one.start < end and one.end > start),
        )
        for start, end in pairwise(edges)
    ]


def _cut(one: Stretch, start: datetime, end: datetime) -> Shown:
    """The part within a day, in words of the clock of that day."""
    begin, close = one.start.astimezone(start.tzinfo), one.end.astimezone(start.tzinfo)
    if begin <= start and close >= end:
        return Shown("all day", one.kind, one.tentative)
    since = "00:00" if begin <= start else f"{begin:%H:%M}"
    until = "24:00" if close >= end else f"{close:%H:%M}"
    return Shown(f"{since} to {until}", one.kind, one.tentative)


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches of one kind that overlap or touch as one."""
    found: list[Stretch] = []
    last: dict[tuple[str, bool], int] = {}
    for one in stretches:
        key = (one.kind, one.tentative)
        place = last.get(key)
        if place is not None and found[place].end >= one.start:
            found[place] = replace(found[place], end=max(found[place].end, one.end))
        else:
            last[key] = len(found)
            found.append(one)
    return found


def _stretch(during: Any, kind: str, *, tentative: bool = False) -> Stretch:
    return Stretch(during.lower, during.upper, kind, tentative)
