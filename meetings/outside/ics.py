"""Feeds: an address that answers with a calendar file to whoever knows it."""

import hashlib
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from kit import outgoing
from meetings import ical
from meetings.ical import Window
from meetings.ical.lines import MOST_BYTES
from meetings.outside import Patience, Reading, Source, Unreadable, asked_to_wait, busy_of

OK, NOT_MODIFIED, GONE = 200, 304, 410
MOVED: Final = frozenset({301, 302, 303, 307, 308})
UNKNOWN: Final = frozenset({404, 410})
SHUT: Final = frozenset({401, 403})
MOST_HOPS: Final = 3
SECONDS: Final = 25.0
ASKS: Final = {
    "Accept": "text/calendar, text/plain;q=0.8, */*;q=0.5", "User-Agent": "SalesCoordinationPortal/1",
}  # fmt: skip


class Feed:
    """Read with ETag and If-Modified-Since. Once a day it is read anew, for the window moves on."""

    def read(self, calendar: Source, *, window: Window, now: datetime) -> Reading:
        name = _name(window, calendar.zone)
        state = dict(calendar.state) if calendar.state.get("window") == name else {}
        answer = _fetch(plain(calendar.address), {**ASKS, **_conditions(state)})
        if answer.status == NOT_MODIFIED and state:
            return Reading(state=state, unchanged=True)
        if answer.status != OK:
            raise Unreadable(_words(answer.status), wait=asked_to_wait(answer, now))
        digest = hashlib.sha256(answer.body).hexdigest()
        if state.get("digest") == digest:
            return Reading(state=state, unchanged=True)
        found = ical.read(answer.body, zone=calendar.zone, window=window)
        if not found.is_calendar:
            raise Unreadable("What came back is no calendar, but perhaps a page to sign in on.")
        if found.cut_off:
            raise Unreadable("The calendar ended in the middle.")
        return Reading(
            busy=tuple(sorted(set(busy_of(found, window)))),
            problems=tuple(map(str, found.problems)), events=found.events,
            state={"window": name, "digest": digest, **_marks(answer)},
        )  # fmt: skip


def plain(address: str) -> str:
    """webcal: is https: by another name."""
    scheme, colon, rest = address.strip().partition("://")
    return f"https{colon}{rest}" if scheme.lower() in {"webcal", "webcals"} else address.strip()


def _name(window: Window, zone: str) -> str:
    """What a reading holds for: another day, or another clock of the owner, needs a new one."""
    return f"{window.since:%Y-%m-%d}/{window.until:%Y-%m-%d}/{zone}"


def _conditions(state: dict[str, Any]) -> dict[str, str]:
    named = {"If-None-Match": state.get("etag"), "If-Modified-Since": state.get("modified")}
    return {name: str(value) for name, value in named.items() if value}


def _marks(answer: outgoing.Answer) -> dict[str, str]:
    """What the server calls this version, if it can be said back to it in a header."""
    told = {"etag": answer.headers.get("etag"), "modified": answer.headers.get("last-modified")}
    return {
        name: value for name, value in told.items()
        if value and value.isascii() and value.isprintable() and len(value) <= 200  # noqa: PLR2004 - no mark is longer
    }  # fmt: skip


def _fetch(url: str, headers: dict[str, str]) -> outgoing.Answer:
    """Follow a server that sends us on, as long as it stays the same server."""
    patience = Patience()
    for _ in range(MOST_HOPS + 1):
        seconds = patience.left(SECONDS)
        try:
            answer = outgoing.get(url, headers=headers, most=MOST_BYTES, seconds=seconds)
        except (outgoing.Refused, outgoing.Unreachable) as problem:
            raise Unreadable(str(problem)) from problem
        if answer.status not in MOVED:
            return answer
        url = next_address(url, answer)
    raise Unreadable("The server sends us round in a circle.")


def next_address(url: str, answer: outgoing.Answer) -> str:
    """Where a redirect leads.

    :raises Unreadable: if that is another host: the address may be a secret, and is not ours to tell.
    """
    target = urljoin(url, answer.headers.get("location", ""))
    here, there = urlsplit(url), urlsplit(target)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise Unreadable(
            f"It sends us on to {(there.hostname or 'another place')[:100]}: give the address there."
        )
    return target


def _words(status: int) -> str:
    if status in UNKNOWN:
        return "There is no calendar at this address any more."
    if status in SHUT:
        return "The server does not let us in. Share the calendar by a secret address."
    return f"The server answered {status}."
