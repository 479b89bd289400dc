"""What a calendar's answer says, read within bounds: one VEVENT, no recurrences, no expansion.

Programs fold, quote and escape in their own ways; what cannot be read of a line is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar.parser import Contentline
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from kit.zones import zone_names

LARGEST: Final = 256 * 1024
LONGEST_LINE: Final = 16_000
MOST_LINES: Final = 5_000
MOST_PEOPLE: Final = 50
HIGHEST: Final = 2**31 - 1
LINE: Final[Any] = Contentline
FOLD: Final = re.compile(r"\n[ \t]")
MOMENT: Final = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
WANTED: Final = {
    "UID", "SEQUENCE", "DTSTAMP", "RECURRENCE-ID", "ATTENDEE", "DTSTART", "DTEND", "COMMENT",
    "DESCRIPTION",
}  # fmt: skip


class Unreadable(Exception):
    """No calendar, or one beyond all bounds."""


@dataclass(frozen=True)
class Person:
    """One ATTENDEE: addresses in lower case, without mailto."""

    address: str
    partstat: str = ""
    name: str = ""
    delegated_to: str = ""


@dataclass(frozen=True)
class Moment:
    """A DATE-TIME as it was written: with its zone, in UTC, or floating."""

    wall: datetime
    zone: str = ""  # an IANA name, "UTC", or "" where nobody says

    def at(self, zone: str) -> datetime:
        """As an instant; a floating one stands on the clocks of `zone`."""
        return self.wall.replace(tzinfo=ZoneInfo(self.zone or zone)).astimezone(UTC)


@dataclass
class Said:
    method: str = ""
    program: str = ""
    uid: str = ""
    sequence: int | None = None
    stamp: datetime | None = None
    recurrence: Moment | None = None
    starts: Moment | None = None
    ends: Moment | None = None
    comment: str = ""
    description: str = ""
    people: list[Person] = field(default_factory=list)


def read(data: bytes) -> Said:
    """The METHOD and the first VEVENT.

    :raises Unreadable: if it is larger than LARGEST, or has no UID.
    """
    if len(data) > LARGEST:
        raise Unreadable("too large")
    said = Said()
    for where, line in _lines(_text(data)):
        try:
            name, params, value = LINE(line).parts()
        except ValueError:
            continue
        _take(said, where, name.upper(), params, value)
    if not said.uid:
        raise Unreadable("no UID")
    return said


def _text(data: bytes) -> str:
    if data[:2] in UTF16:
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    return FOLD.sub("", text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """(component, line) of the calendar itself and of its first VEVENT."""
    inside: list[str] = []
    for line in text.split("\n", MOST_LINES)[:MOST_LINES]:
        start, _, rest = line.strip().partition(":")
        word = rest.strip().upper()
        if start.upper() == "BEGIN":
            inside.append(word)
        elif start.upper() == "END":
            if inside and inside[-1] == word:
                inside.pop()
            if word == "VEVENT":
                return
        elif inside in (["VCALENDAR"], ["VCALENDAR", "VEVENT"]) and len(line) <= LONGEST_LINE:
            yield inside[-1], line


def _take(said: Said, where: str, name: str, params: dict[str, object], value: str) -> None:
    if where == "VCALENDAR":
        if name == "METHOD":
            said.method = value.strip().upper()[:20]
        elif name == "PRODID":
            said.program = value[:200]
    elif name in WANTED:
        _take_of_event(said, name, params, value)


def _take_of_event(said: Said, name: str, params: dict[str, object], value: str) -> None:
    if name == "ATTENDEE":
        if len(said.people) < MOST_PEOPLE:
            said.people.append(_person(params, value))
    elif name == "SEQUENCE":
        said.sequence = _number(value)
    elif name == "DTSTAMP":
        moment = _moment(value, "UTC")
        said.stamp = moment.at("UTC") if moment else None
    elif name in {"RECURRENCE-ID", "DTSTART", "DTEND"}:
        moment = _moment(value, str(params.get("TZID", "")))
        where = {"RECURRENCE-ID": "recurrence", "DTSTART": "starts", "DTEND": "ends"}[name]
        setattr(said, where, moment)
    else:
        setattr(said, name.lower(), said_text(value) if name != "UID" else value.strip()[:200])


def said_text(value: str) -> str:
    """A TEXT without its escapes."""
    plain = ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
    return plain.strip()


def _person(params: dict[str, object], value: str) -> Person:
    return Person(
        address=address_of(value),
        partstat=_one(params.get("PARTSTAT")).upper(),
        name=" ".join(_one(params.get("CN")).split())[:200],
        delegated_to=address_of(_one(params.get("DELEGATED-TO"))),
    )


def _one(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value or "")


def address_of(value: str) -> str:
    """MAILTO:"Claire@Northgate.example" -> claire@northgate.example"""
    text = value.strip().strip('"').lower()
    return text.removeprefix("mailto:").strip().strip("<>")[:254]


def _number(value: str) -> int | None:
    text = value.strip()
    return min(int(text), HIGHEST) if text.isascii() and text.isdigit() and len(text) < 20 else None  # noqa: PLR2004


def _moment(value: str, zone: str) -> Moment | None:
    found = MOMENT.fullmatch(value.strip())
    if found is None:
        return None
    try:
        wall = datetime.strptime(found[1] + (found[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        return None
    if not 1970 <= wall.year <= 2200:  # noqa: PLR2004 - no meeting is further away
        return None
    return Moment(wall, "UTC" if found[3] else _zone(zone))


def _zone(name: str) -> str:
    """An IANA name of what programs write: quoted, of Windows, with a path before it."""
    plain = name.strip().strip('"')
    plain = WINDOWS_TO_OLSON.get(plain, plain)
    if plain in zone_names():
        return plain
    tail = "/".join(plain.split("/")[-2:])
    return tail if tail in zone_names() else ""
