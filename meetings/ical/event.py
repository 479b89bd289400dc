"""One event as it is written: when, how long, how often, and whether it takes time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from meetings.ical.lines import Component
from meetings.ical.rule import BadRule, Rule
from meetings.ical.rule import parse as parse_rule
from meetings.ical.values import (
    A_DAY,
    LONGEST,
    BadValue,
    ClockOf,
    Length,
    Stamp,
    length,
    stamp,
    stamps,
)

# What answers an invitation, or asks about one, takes nobody's time.
NO_TIME: Final = frozenset({"REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER"})
LONGEST_UID: Final = 255
MOST_RULES: Final = 10


@dataclass
class Event:
    """A VEVENT. `notes` says what of it could not be read, though the rest could."""

    uid: str
    line: int
    start: Stamp
    size: Length
    sequence: int = 0
    rules: list[tuple[Rule, Stamp | None]] = field(default_factory=list)  # with their UNTIL
    more: list[tuple[Stamp, Stamp | Length | None]] = field(default_factory=list)
    without: list[Stamp] = field(default_factory=list)
    replaces: Stamp | None = None
    and_future: bool = False
    cancelled: bool = False
    transparent: bool = False
    tentative: bool = False
    notes: list[str] = field(default_factory=list)

    def fits(self, until: Stamp | None, at: datetime, wall: datetime) -> bool:
        """Whether UNTIL still allows an occurrence; a day counts to its end."""
        if until is None:
            return True
        if until.is_date or self.start.is_date:
            return wall.date() <= until.day
        return at <= until.instant


def read_event(part: Component, clock_of: ClockOf) -> Event:
    """:raises BadValue: if it does not even say when it is."""
    if part.broken:
        raise BadValue(part.broken)
    start_line = part.first("DTSTART")
    if start_line is None:
        raise BadValue("it has no start")
    start = stamp(start_line, clock_of)
    method = part.parent.text("METHOD") if part.parent is not None else ""
    status, shown = part.text("STATUS"), _shown_as(part)
    uid = part.first("UID")
    event = Event(
        uid=(uid.value.strip() if uid else "")[:LONGEST_UID], line=part.line, start=start,
        size=_size(part, start, clock_of), sequence=_sequence(part),
        cancelled=status == "CANCELLED" or method == "CANCEL",
        transparent=method in NO_TIME or part.text("TRANSP") == "TRANSPARENT"
        or (shown == "FREE" and part.first("TRANSP") is None),
        tentative=status == "TENTATIVE" or shown == "TENTATIVE",
    )  # fmt: skip
    event.notes += part.notes
    _replaced(event, part, clock_of)
    _repeated(event, part, clock_of)
    return event


def _shown_as(part: Component) -> str:
    """Outlook's own word, where STATUS and TRANSP are silent."""
    return part.text("X-MICROSOFT-CDO-BUSYSTATUS") or part.text("X-MICROSOFT-CDO-INTENDEDSTATUS")


def _sequence(part: Component) -> int:
    text = part.text("SEQUENCE")
    return int(text[:9]) if text.isascii() and text.isdecimal() else 0


def _size(part: Component, start: Stamp, clock_of: ClockOf) -> Length:
    end_line, length_line = part.first("DTEND"), part.first("DURATION")
    if end_line is not None:
        return size_between(start, stamp(end_line, clock_of))
    if length_line is not None:
        return length("DURATION", length_line.value)
    return Length(days=1) if start.is_date else Length()


def size_between(start: Stamp, end: Stamp) -> Length:
    """Days for days; else the exact length, which all of a series have (RFC 5545, 3.8.5.3).

    A day that ends on itself is that day: several programs write it so.
    """
    if start.is_date and end.is_date:
        size = Length(days=max(1, (end.day - start.day).days))
        backwards = end.day < start.day
    else:
        size = Length(time=end.instant - start.instant)
        backwards = size.time < timedelta(0)
    if backwards:
        raise BadValue("it ends before it begins")
    if size.time > LONGEST or size.days > LONGEST.days:
        raise BadValue("it is longer than twenty years")
    return size


def _replaced(event: Event, part: Component, clock_of: ClockOf) -> None:
    line = part.first("RECURRENCE-ID")
    if line is not None:
        event.replaces = stamp(line, clock_of)
        event.and_future = line.params.get("RANGE", "").upper() == "THISANDFUTURE"


def _repeated(event: Event, part: Component, clock_of: ClockOf) -> None:
    """How often it comes. What cannot be read is noted: the first time is busy all the same."""
    for line in part.all("RRULE")[:MOST_RULES]:
        try:
            rule = parse_rule(line.value)
            until = stamp(line, lambda _: event.start.clock, rule.until) if rule.until else None
        except (BadRule, BadValue) as wrong:
            event.notes.append(f"{wrong}; only its first time is known")
            continue
        event.rules.append((rule, until))
        if rule.unknown:
            event.notes.append(f"a part of its rule is not known: {rule.unknown[0]}")
    for line in (*part.all("RDATE"), *part.all("EXDATE")):
        try:
            found = stamps(line, clock_of)
        except BadValue as wrong:
            event.notes.append(str(wrong))
            continue
        if line.name == "RDATE":
            event.more += found
        else:
            event.without += [one for one, _ in found]


def reach(event: Event) -> timedelta:
    """How far what begins at one time may reach."""
    return A_DAY * event.size.days + event.size.time
