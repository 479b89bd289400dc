"""Common free times, best first, each with the reasons for its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from kit.business_time import Interval
from meetings.models import Room
from meetings.slots import free
from meetings.slots.hours import Hours, focus, open_hours
from meetings.slots.intervals import counted, fits, starts
from meetings.slots.open import limits_of
from meetings.slots.rooms import free_rooms
from people.models import User

STEP: Final = timedelta(minutes=15)
LONGEST_WINDOW: Final = timedelta(days=92)
A_DAY: Final = 3  # offers of one day before the next day has its turn
OFFICE: Final = (time(9), time(17))


@dataclass(frozen=True)
class GuestClock:
    """Where a guest's clock is, and between which hours on it she likes to meet."""

    zone: str
    name: str = "the guest"
    hours_from: time | None = None
    hours_until: time | None = None


@dataclass(frozen=True)
class Slot:
    """A time that suits all who must come, and why it stands where it does."""

    starts_at: datetime
    ends_at: datetime
    score: float
    reasons: tuple[str, ...]
    room: Room | None = None
    gives_way: bool = False


@dataclass(frozen=True)
class Wanted:
    """What a common time is wanted for.

    `important` meetings may take room around others, focus blocks and full days; `rooms` are those
    of which one must be free (none: no room is needed).
    """

    attendees: Sequence[User]
    minutes: int
    window_from: datetime
    window_until: datetime
    optional: Sequence[User] = ()
    guests: Sequence[GuestClock] = ()
    rooms: Sequence[Room] = ()
    before: int = 0
    after: int = 0
    important: bool = False
    ignoring: int | None = None
    at: datetime = field(default_factory=timezone.now)

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def until(self) -> datetime:
        return min(self.window_until, self.window_from + LONGEST_WINDOW)

    def asked(self) -> free.Asked:
        return free.Asked(
            self.window_from, self.until, self.at, self.before, self.after, self.ignoring
        )


def find_slots(wanted: Wanted, *, limit: int = 12) -> list[Slot]:
    """The best slots; the number of queries does not depend on the number of people.

    :raises NoHours: if somebody who must come has neither team nor department.
    """
    found = _common(wanted, hours_of(wanted))
    room_times = free_rooms(wanted.rooms, wanted.asked()) if wanted.rooms else []
    times = found.loose if wanted.important else found.strict
    candidates = list(starts(times, wanted.length, STEP, ZoneInfo("UTC")))
    counts = counted(candidates, wanted.length, found.others.values())
    judged = (
        _judged(start, wanted, found, room_times, free_too)
        for start, free_too in zip(candidates, counts, strict=True)
    )
    ranked = sorted((s for s in judged if s), key=lambda s: (-s.score, s.starts_at))
    return _spread(ranked, limit)


def hours_of(wanted: Wanted) -> Hours:
    """The working hours of all concerned; an optional colleague without hours is never free."""
    everybody = [*wanted.attendees, *wanted.optional]
    lenient = [user.pk for user in wanted.optional]
    return open_hours(everybody, wanted.window_from, wanted.until, lenient=lenient)


def _common(wanted: Wanted, hours: Hours) -> free.Free:
    everybody = [*wanted.attendees, *wanted.optional]
    return free.free_times(
        wanted.asked(), hours, limits_of(everybody),
        focus(everybody, wanted.window_from, wanted.until),
        required=[user.pk for user in wanted.attendees],
    )  # fmt: skip


def _spread(ranked: Iterable[Slot], limit: int) -> list[Slot]:
    """The best of each day first, a few a day: twelve times on one morning are one offer."""
    first: list[Slot] = []
    later: list[Slot] = []
    used: dict[date, int] = {}
    for slot in ranked:
        day = slot.starts_at.date()
        used[day] = used.get(day, 0) + 1
        (first if used[day] <= A_DAY else later).append(slot)
    best = [*first, *later][:limit]
    return sorted(best, key=lambda s: (-s.score, s.starts_at))


def _judged(
    start: datetime, wanted: Wanted, found: free.Free,
    rooms: Sequence[tuple[Room, list[Interval]]], free_too: int,
) -> Slot | None:  # fmt: skip
    """Sooner is better; so is a time at which optional people are free and guests like to meet.

    None if a room is wanted and none is free.
    """
    end = start + wanted.length
    room = next((one for one, times in rooms if fits(start, end, times)), None)
    if rooms and room is None:
        return None
    score = 100 - (start - wanted.window_from).total_seconds() / 86_400 * 3
    reasons = [_free_words(wanted.attendees)]
    gives_way = wanted.important and not fits(start, end, found.strict)
    if gives_way:
        score -= 15
        reasons.append("takes room around a meeting, a focus block or a full day")
    if wanted.optional:
        score += 5 * free_too
        reasons.append(f"{free_too} of {len(wanted.optional)} optional free")
    for guest in wanted.guests:
        cost, words = _for_guest(start, end, guest)
        score -= cost
        reasons.append(words)
    if room is not None:
        reasons.append(f"{room} free")
    if start.minute:
        score -= 1 if start.minute == 30 else 2  # noqa: PLR2004 - half hours before quarters
    return Slot(start, end, score, tuple(reasons), room, gives_way)


def _free_words(people: Sequence[User]) -> str:
    return (
        f"{people[0].get_short_name()} is free"
        if len(people) == 1
        else "all who must come are free"
    )


def _for_guest(start: datetime, end: datetime, guest: GuestClock) -> tuple[int, str]:
    """What a time costs a guest, and the words: 16:30 for Claire, outside her hours."""
    zone = ZoneInfo(guest.zone)
    there, over = start.astimezone(zone), end.astimezone(zone)
    first, last = guest.hours_from or OFFICE[0], guest.hours_until or OFFICE[1]
    words = f"{there:%H:%M} for {guest.name}"
    if there.date() == over.date() and first <= there.time() and over.time() <= last:
        return (15, f"{words}, a weekend") if there.weekday() > 4 else (0, words)  # noqa: PLR2004 - Friday
    liked = guest.hours_from is not None or guest.hours_until is not None
    return 30, f"{words}, outside the hours {'asked for' if liked else 'of an office'}"
