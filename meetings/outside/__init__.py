"""Calendars kept elsewhere: one module for each kind, behind the seam CALENDARS.

The setting maps a kind to a class without arguments that has `read`. To come:

- Google: `POST freeBusy` gives `calendars[id].busy` (start, end), which are `Busy` without a uid;
  `errors` of it become problems. For changes `events?syncToken=`: no items means unchanged, 410 means
  an empty state and a full read. `state` holds {"token": nextSyncToken}; `source.login` is the address
  of the calendar and `source.password` the sealed refresh token.
- Microsoft: `calendarView/delta` of the window, pages to their end; `showAs` busy, oof and
  workingElsewhere are busy, tentative is tentative, free is left out. `state` holds {"delta": deltaLink},
  whose window is fixed in it: a new window starts without one; 410 syncStateNotFound likewise.

Both answer 429 with Retry-After: `Unreadable(words, wait=seconds)`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, Final, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from kit import outgoing
from meetings.ical import Found, Window

FEED: Final = "ics"
ACCOUNT: Final = "caldav"
LONGEST_WAIT: Final = 86_400
WHOLE_SECONDS: Final = 60.0
NAMES: Final = {"ics": "Calendar feed", "caldav": "CalDAV account"}


class Unreadable(Exception):
    """Nothing fit to read came back: what was known holds on. The message is fit for the owner.

    `wait` is how many seconds the other side asked us to stay away.
    """

    def __init__(self, words: str, *, wait: int = 0) -> None:
        super().__init__(words)
        self.wait = wait


class Patience:
    """How long one reading may take in all: a worker that is kept longer is killed."""

    def __init__(self, seconds: float = WHOLE_SECONDS) -> None:
        self.until = monotonic() + seconds

    def left(self, most: float) -> float:
        """Seconds for the next step.

        :raises Unreadable: when none are left.
        """
        rest = self.until - monotonic()
        if rest <= 0:
            raise Unreadable("The server takes too long.")
        return min(rest, most)


@dataclass(frozen=True)
class Source:
    """What an adapter needs to know of a calendar; the secrets are open, so it is never kept."""

    address: str = field(repr=False)
    login: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    zone: str = "UTC"
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Busy:
    """A stretch that is taken, in UTC."""

    start: datetime
    end: datetime
    uid: str = ""
    tentative: bool = False


@dataclass(frozen=True)
class Reading:
    """What was found. `state` is kept and given back next time; it must hold no secret.

    `unchanged` means that the busy times of last time hold, for the window of today.
    """

    busy: tuple[Busy, ...] = ()
    problems: tuple[str, ...] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    unchanged: bool = False
    events: int = 0


class Adapter(Protocol):
    """One kind of calendar."""

    def read(self, calendar: Source, *, window: Window, now: datetime) -> Reading:
        """The busy times in the window. It may take half a minute; no transaction is open.

        :raises Unreadable: if nothing fit to read came back.
        """
        ...


def adapter(kind: str) -> Adapter:
    """:raises Unreadable: for a kind that is not set up any more."""
    path = settings.CALENDARS.get(kind)
    if path is None:
        raise Unreadable("This kind of calendar is not set up here any more.")
    made: Callable[[], Adapter] = import_string(path)
    return made()


def asked_to_wait(answer: outgoing.Answer, now: datetime) -> int:
    return outgoing.seconds_to_wait(
        answer.headers.get("retry-after", ""), at=now, most=LONGEST_WAIT
    )


def busy_of(found: Found, window: Window) -> list[Busy]:
    """The busy times within the window; what reaches beyond it is cut."""
    return [
        Busy(
            max(one.start, window.since),
            min(one.end, window.until),
            one.uid.replace("\0", ""),
            one.tentative,
        )
        for one in found.busy
    ]
