"""Reads over when people and rooms can be booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from meetings.models import Booking, FocusBlock, OutsideBusy, OutsideCalendar, Room
from people.models import Absence, User

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
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


def _stretch(during: Any, kind: str, *, tentative: bool = False) -> Stretch:
    return Stretch(during.lower, during.upper, kind, tentative)
