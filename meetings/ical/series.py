"""What comes of the events with one UID: the series, its exceptions, and what replaced them."""

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from meetings.ical import rule as rules
from meetings.ical.clocks import EARLIEST, LATEST
from meetings.ical.event import Event, reach, size_between
from meetings.ical.values import BadValue, Length, Stamp, end_of

MOST_IN_SERIES: Final = 10_000
MOST_MASTERS: Final = 50  # with one UID
STEPS: Final = 40_000
MARGIN: Final = timedelta(days=2)  # no clock is further from UTC


@dataclass(frozen=True)
class Occurrence:
    """One time of an event, in UTC."""

    uid: str
    start: datetime
    end: datetime
    cancelled: bool = False
    transparent: bool = False
    tentative: bool = False

    @property
    def is_busy(self) -> bool:
        return self.end > self.start and not self.cancelled and not self.transparent


@dataclass(frozen=True)
class Window:
    """From one instant up to another."""

    since: datetime
    until: datetime

    def touches(self, start: datetime, end: datetime) -> bool:
        return start < self.until and (end > self.since or start == end >= self.since)


@dataclass(frozen=True)
class Begin:
    """Where the rule puts one of a series, before anything replaces it."""

    at: datetime
    wall: datetime
    size: Length


def occurrences(
    events: Sequence[Event], window: Window, notes: list[tuple[Event, str]]
) -> Iterator[Occurrence]:
    """Every time of these events (of one UID) that touches the window; what could not be read goes to
    `notes`."""
    masters = _newest([one for one in events if one.replaces is None])
    if len(masters) > MOST_MASTERS:
        notes.append((masters[0], f"it stands there {len(masters):,} times; the last are read"))
        masters = masters[-MOST_MASTERS:]
    replaced = [one for one in events if one.replaces is not None]
    replacing = _replacing(replaced)
    future = sorted(
        (one for one in replacing.values() if one.and_future), key=lambda one: _key(one).instant
    )
    for master in masters:
        yield from _of_master(master, replacing, future, window, notes)
    for one in _still_there(replacing, masters):
        yield from _shown(one, one.start.wall, one.size, window, notes)


def _newest(masters: list[Event]) -> list[Event]:
    """The last word of each: the highest SEQUENCE; of several with the same start, the last."""
    top = max((one.sequence for one in masters), default=0)
    return list({one.start.instant: one for one in masters if one.sequence == top}.values())


def _key(event: Event) -> Stamp:
    return event.replaces or event.start


def _replacing(replaced: list[Event]) -> dict[datetime, Event]:
    found: dict[datetime, Event] = {}
    for one in replaced:
        known = found.get(_key(one).instant)
        if known is None or known.sequence <= one.sequence:
            found[_key(one).instant] = one
    return found


def _still_there(replacing: dict[datetime, Event], masters: list[Event]) -> list[Event]:
    """Without those that a newer version of the series leaves out."""
    if not masters:
        return list(replacing.values())
    newest = max(masters, key=lambda one: one.sequence)
    gone, days = _without(newest)
    return [
        one
        for at, one in replacing.items()
        if one.sequence >= newest.sequence or not (at in gone or _key(one).day in days)
    ]


def _of_master(
    master: Event, replacing: dict[datetime, Event], future: list[Event], window: Window,
    notes: list[tuple[Event, str]],
) -> Iterator[Occurrence]:  # fmt: skip
    taken, changes = set(replacing), [_key(one).instant for one in future]
    days = {
        _key(one).day for one in replacing.values() if _key(one).is_date or master.start.is_date
    }
    for begin in _begins(master, future, window, notes):
        if begin.at in taken or begin.wall.date() in days:
            continue
        place = bisect_right(changes, begin.at)
        shift = future[place - 1] if place else None
        if shift is None:
            yield from _shown(master, begin.wall, begin.size, window, notes)
        else:
            moved = shift.start.wall - _on_clock_of(shift, _key(shift))
            wall = _on_clock_of(shift, Stamp(begin.wall, master.start.clock)) + moved
            yield from _shown(shift, wall, shift.size, window, notes)


def _on_clock_of(event: Event, other: Stamp) -> datetime:
    """A time of the series on the clock of what moved it: the same wall time, unless it was told in
    UTC and stands elsewhere."""
    difference = event.start.clock(other.wall) - other.instant
    return other.wall - difference


def _begins(
    master: Event, future: list[Event], window: Window, notes: list[tuple[Event, str]]
) -> list[Begin]:
    """Where a series begins within reach of the window, in order, each once, without EXDATEs."""
    far = max(
        [
            reach(master),
            *(abs(one.start.instant - _key(one).instant) + reach(one) for one in future),
        ]
    )
    since, until = _naive(window.since, -far - MARGIN), _naive(window.until, far + MARGIN)
    found = {begin.at: begin for begin in _by_rule(master, since, until, notes)}
    found |= {begin.at: begin for begin in _by_date(master, notes)}
    gone, gone_days = _without(master)
    return [
        found[at]
        for at in sorted(found)
        if at not in gone and found[at].wall.date() not in gone_days
    ]


def _naive(at: datetime, by: timedelta) -> datetime:
    try:
        return at.astimezone(UTC).replace(tzinfo=None) + by
    except OverflowError:
        return EARLIEST if by < timedelta(0) else LATEST


def _by_rule(
    master: Event, since: datetime, until: datetime, notes: list[tuple[Event, str]]
) -> Iterator[Begin]:
    start = master.start
    budget, count = rules.Budget(STEPS), 0
    if not master.rules:
        yield Begin(start.instant, start.wall, master.size)
    try:
        for wall, last in _walls(master, since, until, budget):
            at = start.clock(wall)
            if not master.fits(last, at, wall):
                continue
            count += wall >= since
            if count > MOST_IN_SERIES:
                notes.append(
                    (master, f"it comes more than {MOST_IN_SERIES:,} times; not all is read")
                )
                return
            yield Begin(at, wall, master.size)
    except rules.TooOften:
        notes.append((master, "it comes too often to be read to its end"))


def _walls(
    master: Event, since: datetime, until: datetime, budget: rules.Budget
) -> Iterator[tuple[datetime, Stamp | None]]:
    """(wall time, UNTIL of the rule) of every rule, up to `until`."""
    for rule, last in master.rules:
        stop = until if last is None else min(until, _naive(last.instant, MARGIN))
        coming = rules.walls(rule, master.start.wall, since=since, until=stop, budget=budget)
        for wall in itertools.takewhile(lambda one, stop=stop: one <= stop, coming):  # type: ignore[misc]
            yield wall, last


def _by_date(master: Event, notes: list[tuple[Event, str]]) -> Iterator[Begin]:
    for begin, end in master.more:
        try:
            size = size_between(begin, end) if isinstance(end, Stamp) else end or master.size
        except BadValue as wrong:
            notes.append((master, str(wrong)))
            continue
        yield Begin(begin.instant, begin.wall, size)


def _without(master: Event) -> tuple[set[datetime], set[date]]:
    """Instants and days that are left out; a day of a timed event leaves out all of that day, as the
    programs that write it mean."""
    by_day = [one for one in master.without if one.is_date or master.start.is_date]
    return {one.instant for one in master.without}, {one.day for one in by_day}


def _shown(
    event: Event, wall: datetime, size: Length, window: Window, notes: list[tuple[Event, str]]
) -> Iterator[Occurrence]:
    start = event.start.clock(wall)
    try:
        end = end_of(event.start, wall, size)
    except BadValue as wrong:
        notes.append((event, str(wrong)))
        return
    end = max(start, end)
    if window.touches(start, end):
        yield Occurrence(event.uid, start, end, event.cancelled, event.transparent, event.tentative)
