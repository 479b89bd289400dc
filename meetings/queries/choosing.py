"""The times among which a meeting is scheduled, and what stands in the way when there are none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from meetings.models import Attendee, Meeting, Mode, Priority, Room
from meetings.slots import (
    GuestClock,
    NoHours,
    Slot,
    Wanted,
    Way,
    find_slots,
    fitting_rooms,
    holidays,
    ways_out,
)
from people.models import User

FORTNIGHT: Final = timedelta(days=14)


@dataclass(frozen=True)
class Offer:
    """Ranked times; else the cheapest ways out; holidays within the window by name."""

    wanted: Wanted | None = None
    slots: list[Slot] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    holidays: list[tuple[date, str, str]] = field(default_factory=list)
    problem: str = ""


def attendees_of(meeting: Meeting) -> list[Attendee]:
    """Everybody who comes, with what the finder needs to know of them: one query."""
    related = ("user__team__calendar", "user__department__calendar", "contact")
    return list(meeting.attendees.select_related(*related).order_by("role", "name", "pk"))


def wanted_of(meeting: Meeting, people: Sequence[Attendee], *, at: datetime) -> Wanted:
    """What a time for `meeting` must satisfy, from now on within its window (or a fortnight)."""
    start = max(meeting.window_from or at, at)
    until = meeting.window_until
    if until is None or until - start < timedelta(minutes=meeting.minutes):
        until = start + FORTNIGHT
    return Wanted(
        attendees=_users(people, Attendee.Role.REQUIRED),
        optional=_users(people, Attendee.Role.OPTIONAL),
        guests=[_clock(one) for one in people if one.role == Attendee.Role.GUEST and _zone(one)],
        minutes=meeting.minutes, window_from=start, window_until=until, ignoring=meeting.pk, at=at,
        before=meeting.before_minutes, after=meeting.after_minutes,
        important=meeting.priority == Priority.HIGH, rooms=_rooms(meeting, len(people)),
    )  # fmt: skip


def offer(meeting: Meeting, people: Sequence[Attendee], *, at: datetime, limit: int = 12) -> Offer:
    """Times for `meeting`, with every reason; when nothing fits, what would have to move."""
    wanted = wanted_of(meeting, people, at=at)
    try:
        found = find_slots(wanted, limit=limit)
    except NoHours as refusal:
        return Offer(wanted, problem=str(refusal))
    named = holidays(wanted.attendees, wanted.window_from, wanted.until)
    return Offer(wanted, found, [] if found else ways_out(wanted), named)


def _users(people: Iterable[Attendee], role: str) -> list[User]:
    return [one.user for one in people if one.user and one.role == role]


def _zone(one: Attendee) -> str:
    return one.zone or (one.contact.zone if one.contact else "")


def _clock(one: Attendee) -> GuestClock:
    return GuestClock(_zone(one), one.name, one.hours_from, one.hours_until)


def _rooms(meeting: Meeting, heads: int) -> list[Room]:
    """The room it has; else, at our place, every room that is large enough."""
    if meeting.room is not None:
        return [meeting.room]
    return fitting_rooms(seats=heads) if meeting.mode == Mode.HOUSE else []
