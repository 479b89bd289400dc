"""CalDAV accounts (RFC 4791): found by the address of the server, read by a query over time.

From the address we ask who we are (current-user-principal), where her calendars are
(calendar-home-set) and what is in there with its mark (getctag, sync-token). When all marks are those of
last time, nothing is read.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

from kit import outgoing
from meetings import ical
from meetings.ical import Window
from meetings.ical.lines import MOST_BYTES
from meetings.outside import Busy, Patience, Reading, Source, Unreadable, asked_to_wait, busy_of
from meetings.outside.ics import MOST_HOPS, MOVED, SECONDS, next_address

MULTI: Final = 207
REFUSED: Final = frozenset({401, 403})
ELSEWHERE: Final = frozenset({404, 405, 501})
WELL_KNOWN: Final = "/.well-known/caldav"
MOST_CALENDARS: Final = 20
MOST_XML: Final = 2 * MOST_BYTES
DECLARES: Final = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
SPACES: Final = {
    "d": "DAV:", "c": "urn:ietf:params:xml:ns:caldav", "cs": "http://calendarserver.org/ns/",
}  # fmt: skip
HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>'
NAMES: Final = " ".join(f'xmlns:{short}="{full}"' for short, full in SPACES.items())
WHO: Final = (
    f"{HEAD}<d:propfind {NAMES}><d:prop><d:current-user-principal/><d:resourcetype/>"
    "<c:calendar-home-set/></d:prop></d:propfind>"
)
MARKS: Final = (
    f"{HEAD}<d:propfind {NAMES}><d:prop><d:resourcetype/><cs:getctag/><d:sync-token/>"
    "<c:supported-calendar-component-set/></d:prop></d:propfind>"
)
QUERY: Final = (
    f"{HEAD}<c:calendar-query {NAMES}><d:prop><c:calendar-data/></d:prop><c:filter>"
    '<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
    '<c:time-range start="{since:%Y%m%dT%H%M%SZ}" end="{until:%Y%m%dT%H%M%SZ}"/>'
    "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
)


class NotThere(Unreadable):
    """Nothing of CalDAV at this very place."""


@dataclass(frozen=True)
class Collection:
    """A calendar of the account, and the mark of its present state; none means always read it."""

    url: str
    mark: str


class CalDav:
    """All calendars of an account, or the one at the address."""

    def read(self, calendar: Source, *, window: Window, now: datetime) -> Reading:
        line = _Line(calendar, now)
        found = line.collections()
        if not found:
            raise Unreadable("There is no calendar in this account.")
        mark = _mark(found, window, calendar.zone)
        if mark and calendar.state.get("mark") == mark:
            return Reading(state=dict(calendar.state), unchanged=True)
        busy: set[Busy] = set()
        problems: list[str] = []
        events = 0
        for one in found:
            for data in line.query(one.url, window):
                left = line.patience.left(ical.SECONDS)
                read = ical.read(data, zone=calendar.zone, window=window, seconds=left)
                busy |= set(busy_of(read, window))
                problems += [str(problem) for problem in read.problems]
                events += read.events
        return Reading(tuple(sorted(busy)), tuple(problems), {"mark": mark}, events=events)


def _mark(found: list[Collection], window: Window, zone: str) -> str:
    """One digest for the state of all of them; no path is kept, for it may hold a name."""
    if not all(one.mark for one in found):
        return ""
    text = "\n".join(sorted(f"{one.url} {one.mark}" for one in found))
    span = f"{window.since:%Y%m%d}{window.until:%Y%m%d}{zone}"
    return hashlib.sha256(f"{span}\n{text}".encode()).hexdigest()


class _Line:
    """Talks to one server, as one person."""

    def __init__(self, source: Source, now: datetime) -> None:
        self.start, self.now = source.address.strip(), now
        self.patience = Patience()
        pair = f"{source.login}:{source.password}".encode()
        self.headers = {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/xml; charset=utf-8",
            "User-Agent": "SalesCoordinationPortal/1",
        }

    def collections(self) -> list[Collection]:
        """The calendars with events, by discovery from the address."""
        url, answer = self._first()
        if _is_calendar(answer):
            return self._listed(url, depth="0")
        home = self._href(answer, "c:calendar-home-set", url)
        principal = self._href(answer, "d:current-user-principal", url)
        if not home and principal:
            there, told = self._ask("PROPFIND", principal, WHO, depth="0")
            home = self._href(told, "c:calendar-home-set", there)
        return self._listed(home or url, depth="1")

    def _first(self) -> tuple[str, ET.Element]:
        """At the address, or where the bare name of a server leads to (RFC 6764)."""
        try:
            return self._ask("PROPFIND", self.start, WHO, depth="0")
        except NotThere:
            if urlsplit(self.start).path not in {"", "/"}:
                raise
            return self._ask("PROPFIND", urljoin(self.start, WELL_KNOWN), WHO, depth="0")

    def _listed(self, url: str, *, depth: str) -> list[Collection]:
        there, answer = self._ask("PROPFIND", url, MARKS, depth=depth)
        found = []
        for one in answer.iterfind("d:response", SPACES):
            href = one.findtext("d:href", "", SPACES).strip()
            if href and _is_calendar(one) and _has_events(one):
                token = one.findtext(".//d:sync-token", "", SPACES)
                mark = one.findtext(".//cs:getctag", "", SPACES) or token
                found.append(Collection(self._same_host(there, href), mark.strip()[:500]))
        return found[:MOST_CALENDARS]

    def query(self, url: str, window: Window) -> Iterator[bytes]:
        """The calendar files of every event that touches the window."""
        body = QUERY.format(since=window.since.astimezone(UTC), until=window.until.astimezone(UTC))
        _, answer = self._ask("REPORT", url, body, depth="1")
        for data in answer.iterfind(".//c:calendar-data", SPACES):
            yield (data.text or "").encode()

    def _href(self, answer: ET.Element, name: str, url: str) -> str:
        href = answer.findtext(f".//{name}/d:href", "", SPACES).strip()
        return self._same_host(url, href) if href else ""

    def _same_host(self, url: str, href: str) -> str:
        """A place on the same server: the password goes nowhere else."""
        return next_address(url, outgoing.Answer(MULTI, {"location": href}, ""))

    def _ask(self, method: str, url: str, body: str, *, depth: str) -> tuple[str, ET.Element]:
        for _ in range(MOST_HOPS + 1):
            seconds = self.patience.left(SECONDS)
            try:
                answer = outgoing.request(
                    method, url, body=body.encode(), headers={**self.headers, "Depth": depth},
                    most=MOST_XML, seconds=seconds,
                )  # fmt: skip
            except (outgoing.Refused, outgoing.Unreachable) as problem:
                raise Unreadable(str(problem)) from problem
            if answer.status not in MOVED:
                return url, self._checked(answer)
            url = next_address(url, answer)
        raise Unreadable("The server sends us round in a circle.")

    def _checked(self, answer: outgoing.Answer) -> ET.Element:
        if answer.status in REFUSED:
            raise Unreadable("The server does not take this name and password.")
        if answer.status != MULTI:
            kind = NotThere if answer.status in ELSEWHERE else Unreadable
            raise kind(
                f"The server answered {answer.status}; is this the address of a CalDAV server?",
                wait=asked_to_wait(answer, self.now),
            )
        return safe_xml(answer.body)


def safe_xml(data: bytes) -> ET.Element:
    """:raises Unreadable: for what is no XML, or declares entities: they can be bombs."""
    try:
        text = data.decode("utf-8-sig")
        if DECLARES.search(text):
            raise Unreadable("The server's answer cannot be read safely.")
        return ET.fromstring(text)  # noqa: S314 - no DTD and no entities: refused above
    except (UnicodeDecodeError, ET.ParseError, ValueError) as wrong:
        raise Unreadable("The server's answer cannot be read.") from wrong


def _is_calendar(answer: ET.Element) -> bool:
    return answer.find(".//d:resourcetype/c:calendar", SPACES) is not None


def _has_events(answer: ET.Element) -> bool:
    kinds = answer.findall(".//c:supported-calendar-component-set/c:comp", SPACES)
    return not kinds or any(one.get("name", "").upper() == "VEVENT" for one in kinds)
