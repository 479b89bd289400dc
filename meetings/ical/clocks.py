"""Which clock a time stands on: IANA names, the names that Outlook and others write, and zones
that a file brings along (VTIMEZONE).

A clock turns a wall time into an instant. A time that the clock skips is taken with the offset of
before; of a time that it shows twice the first is meant (RFC 5545, 3.3.5).
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from kit.zones import zone_names
from meetings.ical import rule as rules
from meetings.ical.lines import Component, Property

Clock = Callable[[datetime], datetime]
# Walls between which no offset leads beyond the ends of time.
EARLIEST: Final = datetime(1, 1, 3)  # noqa: DTZ001 - a wall time
LATEST: Final = datetime(9999, 12, 29)  # noqa: DTZ001 - a wall time
OFFSET: Final = re.compile(
    r"^\(?(?:UTC|GMT)?\s*([+-])(\d{1,2})(?:[.:]?(\d{2}))?\)?$", re.IGNORECASE
)
IN_BRACKETS: Final = re.compile(
    r"^\((?:UTC|GMT)\s*(?:([+-]\d{1,2})[.:]?(\d{2}))?\)\s*(.*)$", re.IGNORECASE
)
STANDARD: Final = {
    "eastern time": "America/New_York", "central time": "America/Chicago",
    "mountain time": "America/Denver", "pacific time": "America/Los_Angeles",
    "greenwich mean time": "Europe/London", "western/central europe": "Europe/Berlin",
    "utc": "UTC", "gmt": "UTC", "z": "UTC", "est": "America/New_York", "pst": "America/Los_Angeles",
}  # fmt: skip
LONGEST_NAME: Final = 200
LARGEST_OFFSET: Final = timedelta(hours=24)
MOST_SHIFTS: Final = 4_000


class BadZone(Exception):
    """A zone that cannot be read; the message is fit for people to read."""


def of_zone(zone: ZoneInfo | timezone) -> Clock:
    """The clock of a zone that Python knows."""

    def instant(wall: datetime) -> datetime:
        if not EARLIEST < wall < LATEST:
            return wall.replace(tzinfo=UTC)
        return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)

    return instant


def find(name: str, own: Mapping[str, Clock]) -> Clock | None:
    """The clock that a TZID means; None if nobody knows.

    A name that the world knows goes before what the file says of it: the rules of the tz database
    are newer. What is written as an offset alone comes last.
    """
    known = known_zone(name)
    if known:
        return of_zone(ZoneInfo(known))
    if name in own:
        return own[name]
    match = OFFSET.match(name.strip()) or IN_BRACKETS.match(name.strip())
    return of_zone(_fixed(match)) if match is not None and match.group(1) else None


def _fixed(match: re.Match[str]) -> timezone:
    signed = match.group(1)
    if match.re is OFFSET:
        hours, minutes, minus = int(match.group(2)), match.group(3), signed == "-"
    else:
        hours, minutes, minus = abs(int(signed)), match.group(2), signed.startswith("-")
    size = timedelta(hours=min(hours, 23), minutes=min(int(minutes or 0), 59))
    return timezone(-size if minus else size)


@cache
def _by_city() -> dict[str, str]:
    """{"amsterdam": "Europe/Amsterdam"} of zones on continents."""
    return {
        name.rsplit("/", 1)[-1].replace("_", " ").lower(): name
        for name in sorted(zone_names(), reverse=True)
        if "/" in name and not name.startswith(("Etc/", "US/", "SystemV/", "posix/", "right/"))
    }


@cache
def _folded() -> dict[str, str]:
    return {name.lower(): name for name in zone_names()}


@lru_cache(maxsize=2_000)
def known_zone(name: str) -> str:
    """The IANA name of what stands in a TZID, or an empty text."""
    name = name.strip().strip('"')[:LONGEST_NAME]
    name = name.removeprefix("TZID=")
    return _exact(name) or _windows(name) or _tail(name) or _described(name)


def _exact(name: str) -> str:
    plain = name.lower().replace(" ", "_")
    found = _folded().get(plain) or _folded().get(plain.replace("-", "/", 1))
    return found or STANDARD.get(name.lower(), "")


def _windows(name: str) -> str:
    found = WINDOWS_TO_OLSON.get(name, "")
    return found if found in zone_names() else ""


def _tail(name: str) -> str:
    """/mozilla.org/20070129_1/Europe/Berlin: the last parts that make a name."""
    parts = [part for part in name.split("/") if part]
    for size in (3, 2):
        if len(parts) >= size and "/".join(parts[-size:]).lower() in _folded():
            return _folded()["/".join(parts[-size:]).lower()]
    return ""


def _described(name: str) -> str:
    """(UTC+01:00) Amsterdam, Berlin, Bern: by the first city that is one of the tz database."""
    match = IN_BRACKETS.match(name)
    words = match.group(3) if match else name
    if match is None and "," not in name:
        return ""
    for start, zone in STANDARD.items():
        if words.lower().startswith(start) and len(start) > len("utc"):
            return zone
    cities = [part.strip().lower() for part in re.split(r"[,/]", words)]
    return next((_by_city()[city] for city in cities if city in _by_city()), "")


def of_component(
    zone: Component, *, since: datetime, until: datetime, budget: rules.Budget
) -> Clock:
    """The clock of a VTIMEZONE, right between `since` and `until` (wall times).

    :raises BadZone: if it cannot be read.
    """
    shifts: list[tuple[datetime, timedelta, timedelta]] = []
    for part in zone.children:
        if part.kind in {"STANDARD", "DAYLIGHT"}:
            before, after = _offset(part, "TZOFFSETFROM"), _offset(part, "TZOFFSETTO")
            shifts += [(at, before, after) for at in _onsets(part, since, until, budget)]
    if not shifts:
        raise BadZone("its time zone has no offsets")
    shifts.sort(key=lambda shift: shift[0])
    # A jump forward skips the walls up to `after - before` later, which keep the offset of before;
    # one back repeats walls, of which the first are meant: both change from here on.
    edges = [at + max(timedelta(0), after - before) for at, before, after in shifts]
    offsets = [shifts[0][1], *(after for _, _, after in shifts)]

    def instant(wall: datetime) -> datetime:
        if not EARLIEST < wall < LATEST:
            return wall.replace(tzinfo=UTC)
        return (wall - offsets[bisect_right(edges, wall)]).replace(tzinfo=UTC)

    return instant


def _offset(part: Component, name: str) -> timedelta:
    match = re.fullmatch(r"([+-]?)(\d{2})(\d{2})(\d{2})?", part.text(name))
    if match is None:
        raise BadZone("its time zone has an offset that cannot be read")
    size = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    if size >= LARGEST_OFFSET:
        raise BadZone("its time zone has an offset that cannot be")
    return -size if match[1] == "-" else size


def _onsets(
    part: Component, since: datetime, until: datetime, budget: rules.Budget
) -> list[datetime]:
    """When it begins to hold: the last time before `since`, and those up to `until`."""
    start = _wall(part.first("DTSTART"))
    found = {start}
    for line in part.all("RDATE"):
        found |= {_wall(line, text) for text in line.value.split(",")[:MOST_SHIFTS]}
    rule = part.first("RRULE")
    if rule is not None:
        found |= set(_by_rule(rule.value, start, since, until, budget))
    return sorted(found)


def _by_rule(
    text: str, start: datetime, since: datetime, until: datetime, budget: rules.Budget
) -> list[datetime]:
    try:
        rule = rules.parse(text)
        last = _until(rule.until, until)
        begin = min(since, last) - timedelta(days=800)  # the last one before counts too
        coming = rules.walls(rule, start, since=begin, until=last, budget=budget)
        return [wall for wall in _capped(coming) if wall <= last]
    except (rules.BadRule, rules.TooOften) as wrong:
        raise BadZone("its time zone has a rule that cannot be read") from wrong


def _capped(coming: object) -> list[datetime]:
    found: list[datetime] = []
    for wall in coming:  # type: ignore[attr-defined]
        found.append(wall)
        if len(found) > MOST_SHIFTS:
            raise rules.TooOften
    return found


def _until(text: str, until: datetime) -> datetime:
    """UNTIL stands in UTC: a day more does no harm, for no clock changes twice in two days."""
    match = re.match(r"(\d{4})(\d{2})(\d{2})", text)
    if match is None:
        return until
    try:
        told = datetime(int(match[1]), int(match[2]), int(match[3])) + timedelta(days=2)  # noqa: DTZ001 - a wall time
    except (ValueError, OverflowError):
        return until
    return min(told, until)


def _wall(line: Property | None, text: str | None = None) -> datetime:
    match = re.match(
        r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2}))?", text or (line.value if line else "")
    )
    if match is None:
        raise BadZone("its time zone does not say from when it holds")
    try:
        return datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - a wall time
    except ValueError as wrong:
        raise BadZone("its time zone has a date that cannot be") from wrong
