"""Calendar files as busy times. Whatever comes is read to its end, or it is said why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from zoneinfo import ZoneInfo

from meetings.ical import clocks, lines
from meetings.ical import rule as rules
from meetings.ical.event import Event, read_event, size_between
from meetings.ical.lines import Component, Property
from meetings.ical.series import Occurrence, Window, occurrences
from meetings.ical.values import BadValue, ClockOf, Length, Stamp, end_of, stamps

SECONDS: Final = 10.0  # for a whole file
MOST_OCCURRENCES: Final = 20_000
MOST_PROBLEMS: Final = 100
STEPS_OF_ZONES: Final = 100_000
TOO_LONG: Final = "it takes too long to read; not all of it is known"
FREE: Final = "FREE"


@dataclass(frozen=True)
class Problem:
    """What could not be read: where it stands, and why, in words for the owner."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


@dataclass
class Found:
    """What a file says about a window of time."""

    occurrences: list[Occurrence] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    events: int = 0
    is_calendar: bool = True
    cut_off: bool = False

    @property
    def busy(self) -> list[Occurrence]:
        """What takes time, in order."""
        taken = [one for one in self.occurrences if one.is_busy]
        return sorted(taken, key=lambda one: (one.start, one.end, one.uid))

    def tell(self, where: str, why: str) -> None:
        """Note a problem once; a broken file has thousands of the same."""
        problem = Problem(where, why)
        if len(self.problems) < MOST_PROBLEMS and problem not in self.problems:
            self.problems.append(problem)


def read(data: bytes, *, zone: str, window: Window, seconds: float = SECONDS) -> Found:
    """The times of every event in the window.

    :param zone: the owner's: floating times and whole days are on that clock.
    :param seconds: how long it may take; what is left then is reported.
    """
    began = monotonic()
    if len(data) > lines.MOST_BYTES:
        found = Found()
        found.tell("The file", "it is too large to be read")
        return found
    parsed = lines.parse(data, deadline=began + seconds / 2)
    found = Found(is_calendar=parsed.is_calendar, cut_off=parsed.cut_off)
    _tell_of_file(parsed, found)
    clock_of = _clocks(parsed.components, zone, window, found)
    for at in _all(parsed.components, clock_of, window, found):
        if monotonic() > began + seconds:
            found.tell("The file", TOO_LONG)
            break
        if at is None:
            continue
        found.occurrences.append(at)
        if len(found.occurrences) >= MOST_OCCURRENCES:
            found.tell("The file", f"only the first {MOST_OCCURRENCES:,} times are kept")
            break
    return found


def _tell_of_file(parsed: lines.Parsed, found: Found) -> None:
    if parsed.too_many:
        found.tell("The file", f"only its first {lines.MOST_COMPONENTS:,} events are read")
    if parsed.too_slow:
        found.tell("The file", TOO_LONG)
    if parsed.cut_off:
        found.tell("The file", "it ends in the middle")


def _all(
    parts: Sequence[Component], clock_of: ClockOf, window: Window, found: Found
) -> Iterator[Occurrence | None]:
    """Every time of every event, and None after each event, so that the clock can be looked at."""
    groups: dict[str, list[Event]] = {}
    for part in parts:
        if part.kind == "VFREEBUSY":
            yield from _free_busy(part, clock_of, window, found)
        event = _event(part, clock_of, found) if part.kind == "VEVENT" else None
        if event is not None:
            groups.setdefault(event.uid or f"line {event.line}", []).append(event)
        yield None
    for group in groups.values():
        notes: list[tuple[Event, str]] = []
        yield None
        yield from occurrences(group, window, notes)
        for event, why in notes:
            found.tell(_where(event.line, event.start), why)


def _event(part: Component, clock_of: ClockOf, found: Found) -> Event | None:
    found.events += 1
    try:
        event = read_event(part, clock_of)
    except (BadValue, OverflowError) as wrong:
        found.tell(_where(part.line), str(wrong))
        return None
    for note in event.notes:
        found.tell(_where(part.line, event.start), note)
    return event


def _where(line: int, start: Stamp | None = None) -> str:
    """So that the owner finds it again; no words of the event itself."""
    if start is None:
        return f"The event on line {line}"
    when = f"{start.wall:%d}.{start.wall:%m}.{start.wall.year}"
    return f"The event of {when} (line {line})"


def _free_busy(
    part: Component, clock_of: ClockOf, window: Window, found: Found
) -> Iterator[Occurrence]:
    found.events += 1
    uid = part.first("UID")
    for line in part.all("FREEBUSY"):
        kind = line.params.get("FBTYPE", "BUSY").upper()
        if kind == FREE:
            continue
        try:
            periods = stamps(line, clock_of)
            for start, end in periods:
                at, until = start.instant, _period_end(start, end)
                if window.touches(at, until):
                    yield Occurrence(
                        (uid.value if uid else "")[:255], at, until,
                        tentative=kind == "BUSY-TENTATIVE",
                    )  # fmt: skip
        except BadValue as wrong:
            found.tell(f"The busy times on line {line.line}", str(wrong))


def _period_end(start: Stamp, end: Stamp | Length | None) -> datetime:
    if end is None:
        raise BadValue("a busy time has no end")
    return end_of(start, start.wall, size_between(start, end) if isinstance(end, Stamp) else end)


def _clocks(parts: Sequence[Component], zone: str, window: Window, found: Found) -> ClockOf:
    """Which clock a property stands on. What nobody knows is read on the owner's clock, and told."""
    owner = clocks.of_zone(ZoneInfo(zone))
    own = {
        name.value.strip(): part
        for part in parts
        if part.kind == "VTIMEZONE" and (name := part.first("TZID")) is not None
    }
    known: dict[str, clocks.Clock] = {}

    def clock_of(line: Property) -> clocks.Clock:
        name = line.params.get("TZID", "").strip()
        if not name:
            return owner
        if name not in known:
            known[name] = _clock(name, own.get(name), window, found) or owner
        return known[name]

    return clock_of


def _clock(name: str, own: Component | None, window: Window, found: Found) -> clocks.Clock | None:
    """By its name, by the IANA name that the file gives for it, by what the file says of it."""
    hint = own.first("X-LIC-LOCATION") if own is not None else None
    known = clocks.known_zone(name) or (clocks.known_zone(hint.value) if hint else "")
    if known:
        return clocks.of_zone(ZoneInfo(known))
    mine: dict[str, clocks.Clock] = {}
    if own is not None:
        try:
            mine[name] = _built(own, window)
        except clocks.BadZone as wrong:
            found.tell(f"The time zone “{name[:60]}”", f"{wrong}; it is read on your own clock")
            return None
    clock = clocks.find(name, mine)
    if clock is None:
        found.tell(f"The time zone “{name[:60]}”", "nobody knows it; it is read on your own clock")
    return clock


def _built(own: Component, window: Window) -> clocks.Clock:
    since = window.since.replace(tzinfo=None) - timedelta(days=400)
    until = window.until.replace(tzinfo=None) + timedelta(days=400)
    return clocks.of_component(own, since=since, until=until, budget=rules.Budget(STEPS_OF_ZONES))
