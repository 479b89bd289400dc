"""The week of a team: who is where when, as rows of people and rooms with their days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from kit.business_time import Interval
from meetings.models import Room
from meetings.queries.taken import Stretch, taken
from meetings.slots.hours import holidays, open_hours
from people.models import User

FIRST_HOUR: Final = 7  # the strip of a day shows 07:00 to 19:00
LAST_HOUR: Final = 19
WIDTH: Final = 144  # of a strip, in its own units: five minutes are one
LONG_DAY: Final = 20


@dataclass(frozen=True)
class Bar:
    """A part of a day's strip."""

    x: int
    width: int
    css: str


@dataclass
class Day:
    """One person's (or room's) day."""

    on: date
    stretches: list[Stretch] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    off: str = ""  # "Away", the name of a holiday

    @property
    def meetings(self) -> list[Stretch]:
        return [one for one in self.stretches if one.kind in {"meeting", "hold"}]

    @property
    def more(self) -> list[Stretch]:
        """What is no meeting of ours, in words for who cannot see the strip."""
        return [one for one in self.stretches if one.kind not in {"meeting", "hold"}]


@dataclass(frozen=True)
class Row:
    """A person or a room with their days."""

    name: str
    sub: str
    days: list[Day]
    user: User | None = None
    room: Room | None = None


@dataclass(frozen=True)
class Week:
    days: list[date]
    rows: list[Row]
    zone: ZoneInfo


def week_of(
    users: Sequence[User], rooms: Sequence[Room], *, monday: date, reader: User, at: datetime,
    zone: ZoneInfo, days: int = 5,
) -> Week:  # fmt: skip
    """`days` days from `monday` on, on the reader's clock; the number of queries is constant."""
    shown = [monday + timedelta(days=n) for n in range(days)]
    start, until = _midnight(monday, zone), _midnight(monday + timedelta(days=days), zone)
    stretches = taken(users, start, until, reader=reader, at=at, rooms=[room.pk for room in rooms])
    hours = open_hours(users, start, until, lenient=[user.pk for user in users])
    named = {(on, calendar): name for on, name, calendar in holidays(users, start, until)}
    rows = []
    for user in users:
        place = hours.of.get(user.pk)
        opens = hours.intervals[place] if place is not None else ()
        mine = [one for one in stretches if one.user_id == user.pk]
        group = user.team or user.department
        names = {
            on: name for (on, calendar), name in named.items()
            if group is not None and calendar == group.calendar.name
        }  # fmt: skip
        rows.append(
            Row(user.get_full_name(), _clock(user, zone, at), _days(shown, mine, opens, zone, names),
                user=user)
        )  # fmt: skip
    for room in rooms:
        its = [one for one in stretches if one.room_id == room.pk]
        rows.append(
            Row(room.name, f"{room.seats} seats", _days(shown, its, None, zone, {}), room=room)
        )
    return Week(shown, rows, zone)


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time.min, zone)


def _clock(user: User, zone: ZoneInfo, at: datetime) -> str:
    """The time at somebody who sits in another zone."""
    if user.zone == zone.key:
        return ""
    return f"{user.zone.rpartition('/')[2].replace('_', ' ')}, {at.astimezone(ZoneInfo(user.zone)):%H:%M} now"


def _days(
    shown: Iterable[date], stretches: Sequence[Stretch], opens: Sequence[Interval] | None,
    zone: ZoneInfo, holiday: dict[date, str],
) -> list[Day]:  # fmt: skip
    found = []
    for on in shown:
        start, end = _midnight(on, zone), _midnight(on + timedelta(days=1), zone)
        mine = [one for one in stretches if one.starts_at < end and one.ends_at > start]
        day = Day(on, stretches=mine, off=holiday.get(on, ""))
        if not day.off and any(_whole_day(one, start, end) for one in mine):
            day.off = "Away"
        if opens is not None:
            day.bars += [bar for a, b in opens if (bar := _bar(a, b, on, zone, "free"))]
        day.bars += [
            bar for one in mine if (bar := _bar(one.starts_at, one.ends_at, on, zone, _css(one)))
        ]
        found.append(day)
    return found


def _whole_day(one: Stretch, start: datetime, end: datetime) -> bool:
    shown = min(one.ends_at, end) - max(one.starts_at, start)
    return one.kind == "away" and shown >= timedelta(hours=LONG_DAY)


def _css(one: Stretch) -> str:
    return {"hold": "hold", "focus": "focus", "maybe": "maybe", "away": "gone"}.get(
        one.kind, "busy"
    )


def _bar(start: datetime, end: datetime, on: date, zone: ZoneInfo, css: str) -> Bar | None:
    """Its part of the strip of that day, on the wall clock; None outside."""
    x, right = _x(start, on, zone), _x(end, on, zone)
    return Bar(x, right - x, css) if right > x else None


def _x(at: datetime, on: date, zone: ZoneInfo) -> int:
    """Where a moment stands on the strip of a day, cut at its ends."""
    local = at.astimezone(zone)
    days = (local.date() - on).days
    minutes = days * 1440 + local.hour * 60 + local.minute - FIRST_HOUR * 60
    return max(0, min(WIDTH, minutes // 5))
