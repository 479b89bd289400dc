"""What booking a meeting at a time would mean for each who comes: seen before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from meetings.models import Attendee, Meeting, Room
from meetings.queries.taken import Stretch, taken
from meetings.slots.hours import NoHours, open_hours
from meetings.slots.intervals import fits
from people.models import User

HARD: Final = frozenset({"meeting", "hold"})  # the database would refuse it
A_NIGHT: Final = timedelta(hours=13)


@dataclass(frozen=True)
class Line:
    """One who comes (or the room) at that time: tone is ok, warn or bad."""

    name: str
    role: str
    tone: str
    words: str
    meeting_id: int | None = None


@dataclass(frozen=True)
class Preview:
    """All lines; `possible` if nothing that the database refuses stands in the way."""

    starts_at: datetime
    ends_at: datetime
    lines: list[Line]

    @property
    def possible(self) -> bool:
        return not any(line.tone == "bad" for line in self.lines)

    @property
    def clear(self) -> bool:
        return all(line.tone == "ok" for line in self.lines)


def preview(
    meeting: Meeting, people: Sequence[Attendee], starts_at: datetime, *, reader: User, at: datetime,
    host: User | None = None, room: Room | None = None,
) -> Preview:  # fmt: skip
    """What `starts_at` (and another `host`, or `room`) would mean; five queries.

    :param people: the attendees with users, calendars and contacts (`choosing.attendees_of`).
    """
    ends_at = starts_at + timedelta(minutes=meeting.minutes)
    inside = _inside(meeting, people, host)
    users = [user for user, _ in inside]
    room = room or meeting.room
    around = (starts_at - A_NIGHT, ends_at + A_NIGHT)
    rows = taken(users, *around, reader=reader, at=at, rooms=[room.pk] if room else [])
    others = [row for row in rows if not (row.meeting and row.meeting.pk == meeting.pk)]
    lines = [
        _of_colleague(user, role, meeting, (starts_at, ends_at), others) for user, role in inside
    ]
    lines += [_of_guest(one, starts_at) for one in people if one.user is None]
    if room is not None:
        lines.append(_of_room(room, (starts_at, ends_at), others))
    return Preview(starts_at, ends_at, lines)


def _inside(
    meeting: Meeting, people: Sequence[Attendee], host: User | None
) -> list[tuple[User, str]]:
    found = [(one.user, one.role) for one in people if one.user is not None]
    if host is None or host.pk == meeting.host_id:
        return found
    kept = [(user, role) for user, role in found if user.pk not in {meeting.host_id, host.pk}]
    return [(host, Attendee.Role.REQUIRED.value), *kept]


def _of_colleague(
    user: User,
    role: str,
    meeting: Meeting,
    span: tuple[datetime, datetime],
    rows: Sequence[Stretch],
) -> Line:
    label = Attendee.Role(role).label
    mine = [row for row in rows if row.user_id == user.pk]
    hit = next((row for row in mine if _touch(span, row)), None)
    if hit is not None:
        hard = hit.kind in HARD and role == Attendee.Role.REQUIRED
        words = f"In “{hit.label}”" if hit.kind == "meeting" and hit.meeting else hit.label
        pk = hit.meeting.pk if hit.meeting else None
        return Line(user.get_full_name(), label, "bad" if hard else "warn", words, pk)
    if not _at_work(user, span):
        return Line(user.get_full_name(), label, "warn", "Outside the working hours")
    near = next((row for row in mine if row.kind == "meeting" and _near(meeting, span, row)), None)
    if near is not None:
        return Line(user.get_full_name(), label, "warn", f"No room to or from “{near.label}”")
    return Line(user.get_full_name(), label, "ok", "Free")


def _touch(span: tuple[datetime, datetime], row: Stretch) -> bool:
    return row.starts_at < span[1] and row.ends_at > span[0]


def _near(meeting: Meeting, span: tuple[datetime, datetime], row: Stretch) -> bool:
    """Whether less time lies between than either of the two wants."""
    other = row.meeting
    before = max(meeting.before_minutes, other.after_minutes if other else 0)
    after = max(meeting.after_minutes, other.before_minutes if other else 0)
    wide = (span[0] - timedelta(minutes=before), span[1] + timedelta(minutes=after))
    return _touch(wide, row)


def _at_work(user: User, span: tuple[datetime, datetime]) -> bool:
    try:
        hours = open_hours([user], span[0] - A_NIGHT, span[1] + A_NIGHT)
    except NoHours:
        return False
    return fits(*span, hours.intervals[hours.of[user.pk]])


def _of_guest(one: Attendee, starts_at: datetime) -> Line:
    zone = one.zone or (one.contact.zone if one.contact else "")
    if not zone:
        return Line(one.name, "Guest", "ok", "Zone not known")
    local = starts_at.astimezone(ZoneInfo(zone))
    early, late = one.hours_from, one.hours_until
    odd = not (early.hour if early else 8) <= local.hour < (late.hour if late else 18)
    words = f"{local:%H:%M} there" + (", outside the usual hours" if odd else "")
    return Line(one.name, "Guest", "warn" if odd else "ok", words)


def _of_room(room: Room, span: tuple[datetime, datetime], rows: Sequence[Stretch]) -> Line:
    hit = next((row for row in rows if row.room_id == room.pk and _touch(span, row)), None)
    if hit is None:
        return Line(room.name, "Room", "ok", "Free")
    pk = hit.meeting.pk if hit.meeting else None
    return Line(room.name, "Room", "bad" if hit.kind in HARD else "warn", hit.label, pk)
