"""Calendar files as components and properties (RFC 5545, 3.1), told apart without trusting them.

Every component stands by itself: what is broken in one does not hide the next.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from icalendar.parser import Contentline

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_COMPONENTS: Final = 20_000
MOST_LINES: Final = 500_000
LONGEST_LINE: Final = 1_000_000  # a line of a hundred thousand dates is longer
DEEPEST: Final = 6
MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
                (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
NAME: Final = re.compile(r"[A-Za-z0-9-]+(?=[;:])")
# The only properties that are looked at; everything else may be as broken as it likes.
WANTED: Final = frozenset({
    "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS",
    "TRANSP", "SEQUENCE", "FREEBUSY", "METHOD", "TZID", "TZOFFSETFROM", "TZOFFSETTO",
    "X-LIC-LOCATION", "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS",
})  # fmt: skip


# Without these nobody knows when an event is.
ESSENTIAL: Final = frozenset({"DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"})


@dataclass(frozen=True)
class Property:
    """One line: `DTSTART;TZID=Europe/Berlin:20261124T090000`."""

    name: str
    params: dict[str, str]
    value: str
    line: int


@dataclass
class Component:
    """A VEVENT, a VTIMEZONE, a VFREEBUSY: what stands between BEGIN and END."""

    kind: str
    line: int
    parent: "Component | None" = None
    properties: list[Property] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)
    broken: str = ""
    notes: list[str] = field(default_factory=list)
    closed: bool = False

    def first(self, name: str) -> Property | None:
        return next((p for p in self.properties if p.name == name), None)

    def all(self, name: str) -> list[Property]:
        return [p for p in self.properties if p.name == name]

    def text(self, name: str) -> str:
        """The value of the first such property, in capitals; empty if it has none."""
        found = self.first(name)
        return found.value.strip().upper() if found else ""


@dataclass
class Parsed:
    """What a file holds, and whether it was read to its end."""

    components: list[Component] = field(default_factory=list)
    is_calendar: bool = False
    cut_off: bool = False
    too_many: bool = False
    too_slow: bool = False


def decode(data: bytes) -> str:
    """As text, whatever wrote it."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def parse(data: bytes, *, deadline: float) -> Parsed:
    """The components of a file, until a moment of time.monotonic; VALARMs and the like hang below
    theirs."""
    found, stack = Parsed(), list[Component]()
    for number, line in _unfolded(decode(data)):
        head = line[:6].upper()
        if head == "BEGIN:":
            found.is_calendar = found.is_calendar or line[6:].strip().upper() == "VCALENDAR"
            if len(found.components) >= MOST_COMPONENTS or number >= MOST_LINES:
                found.too_many = True
                return found
            if monotonic() > deadline:
                found.too_slow = True
                return found
            _begin(line[6:].strip().upper(), number, stack, found)
        elif head.startswith("END:"):
            _end(line[4:].strip().upper(), stack)
        elif stack:
            _keep(stack[-1], number, line)
    found.cut_off = any(one.kind == "VCALENDAR" for one in stack)
    return found


def _begin(kind: str, number: int, stack: list[Component], found: Parsed) -> None:
    made = Component(kind, number, parent=stack[-1] if stack else None)
    if len(stack) < DEEPEST:
        if stack:
            stack[-1].children.append(made)
        if kind in {"VEVENT", "VFREEBUSY", "VTIMEZONE"}:
            found.components.append(made)
    stack.append(made)


def _end(kind: str, stack: list[Component]) -> None:
    """Close up to the component that ends here; an END of nothing is passed over."""
    if not any(one.kind == kind for one in stack[-DEEPEST:]):
        return
    while stack:
        last = stack.pop()
        last.closed = last.kind == kind
        if last.closed:
            return
        last.broken = last.broken or f"{last.kind} has no end"


def _keep(where: Component, number: int, line: str) -> None:
    name = NAME.match(line)
    if name is None or name.group().upper() not in WANTED:
        return
    found = name.group().upper()
    try:
        params, value = _split(line, len(found))
    except (ValueError, TypeError, IndexError):
        words = f"{found} on line {number} cannot be read"
        if found in ESSENTIAL:
            where.broken = words
        where.notes.append(words)
        return
    where.properties.append(Property(found, params, value, number))


def _split(line: str, name: int) -> tuple[dict[str, str], str]:
    """Parameters and value; the library is asked only where there are parameters.

    :raises ValueError: if they cannot be told apart.
    """
    if len(line) > LONGEST_LINE:
        raise ValueError
    if line[name] == ":":
        return {}, line[name + 1 :]
    _, params, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
    flat = {str(k).upper(): v if isinstance(v, str) else ",".join(v) for k, v in params.items()}
    return flat, str(value)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """(number, line) with continuations put back; any of the line ends that occur."""
    parts: list[str] = []
    began = 1
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line[:1] in {" ", "\t"} and parts:
            parts.append(line[1:])
        elif line.strip():  # an empty line ends nothing: some programs put one before the rest
            if parts:
                yield began, "".join(parts)
            parts, began = [line], number
    if parts:
        yield began, "".join(parts)
