"""Search over everything: asks the sources of the apps, in time, and says what it left out."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.module_loading import import_string

from crm.search import account_keys
from kit.finding import WINDOW, Ask, Found, Hit, Source, by_keys, find, find_within
from kit.query_words import LONGEST, Query, parse
from people.models import User
from people.search import people_keys

STATEMENT_MS: Final = 200
ALL_SECONDS: Final = 0.6
# Every statement begins with few keys: walking to them by an index is right whatever the planner
# guesses from them, and compiling would take longer than running.
_SETTINGS: Final = {
    "statement_timeout": STATEMENT_MS, "enable_seqscan": "off", "enable_hashjoin": "off",
    "enable_mergejoin": "off", "jit": "off",
}  # fmt: skip
_IN_A_HURRY: Final = ";".join(f"SET LOCAL {name} = {value}" for name, value in _SETTINGS.items())
_AS_BEFORE: Final = ";".join(f"SET LOCAL {name} TO DEFAULT" for name in _SETTINGS)
_CANCELLED: Final = "57014"
MOST_RECENT: Final = 8


class TooLong(Exception):
    """Nobody searches for a page of text; the message is fit for people to read."""


@dataclass(frozen=True)
class Group:
    """The hits of one kind; `more_url` shows further ones."""

    kind: str
    heading: str
    hits: tuple[Hit, ...]
    more_url: str = ""


@dataclass(frozen=True)
class Result:
    query: Query
    groups: tuple[Group, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Run:
    """What was found until now."""

    found: dict[str, Found] = field(default_factory=dict)
    keys: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    late: bool = False


@cache
def sources() -> tuple[Source, ...]:
    """Those of all apps, in the order in which kinds are shown."""
    return tuple(source for path in settings.SEARCH_SOURCES for source in import_string(path))


def read(text: str) -> Query:
    """What was typed.

    :raises TooLong: for more than LONGEST letters.
    """
    if len(text) > LONGEST:
        raise TooLong(f"A search has {LONGEST} letters at most. Leave out what matters least.")
    return parse(text)


def search(user: User, query: Query, *, now: datetime, limit: int) -> Result:
    """What `user` may see and what fits, the best kind first."""
    if not query:
        return Result(query, notes=query.problems)
    asked = [s for s in sources() if s.is_asked(query) and user.has_perm(s.permission)]
    run = _Run()
    # What stands in records is looked for when all have been looked for by name.
    left = [*((s, False) for s in asked), *((s, True) for s in asked if s.contents is not None)]
    until = time.monotonic() + ALL_SECONDS
    while left and time.monotonic() < until:
        with _hurried(run):
            _name_keys(run, user, query, now)
            while left and time.monotonic() < until:
                source, inside = left.pop(0)
                ask, found = Ask(query, user, now, run.keys), run.found.get(source.kind, Found())
                run.found[source.kind] = (
                    find_within(source, ask, found, limit=limit)
                    if inside
                    else find(source, ask, limit=limit)
                )
    run.late = run.late or bool(left)
    groups = [
        Group(s.kind, s.heading, found.hits, _more(query, s.kind) if found.more else "")
        for s in asked
        if (found := run.found.get(s.kind, Found())).hits
    ]
    groups.sort(key=lambda group: -max(hit.score for hit in group.hits))
    return Result(query, tuple(groups), tuple(_notes(run, query, asked)))


def recent(user: User, paths: list[str]) -> Group:
    """The records behind addresses that somebody opened, as far as they may still be seen."""
    wanted: dict[str, list[int]] = {}
    order: list[tuple[str, int]] = []
    for path in paths[:MOST_RECENT]:
        with contextlib.suppress(Resolver404):
            place = resolve(path)
            for source in sources():
                pk = place.kwargs.get("pk")
                if source.page == place.view_name and isinstance(pk, int) and pk < 2**62:
                    wanted.setdefault(source.kind, []).append(pk)
                    order.append((source.kind, pk))
    hits = {
        (source.kind, hit.pk): hit
        for source in sources()
        if source.kind in wanted and user.has_perm(source.permission)
        for hit in by_keys(source, user, wanted[source.kind])
    }
    return Group(
        "recent", "Recent", tuple(hits[key] for key in dict.fromkeys(order) if key in hits)
    )


@contextlib.contextmanager
def _hurried(run: _Run) -> Iterator[None]:
    """No statement inside takes longer than STATEMENT_MS: one that would is given up."""
    inside = connection.in_atomic_block
    try:
        with transaction.atomic(), connection.cursor() as sql:
            sql.execute(_IN_A_HURRY)
            yield
            if inside:
                sql.execute(_AS_BEFORE)
    except OperationalError as fault:
        if getattr(fault.__cause__, "pgcode", "") != _CANCELLED:
            raise
        run.late = True


def _name_keys(run: _Run, user: User, query: Query, now: datetime) -> None:
    """Whom account:, from: and holder: mean; asked once, whatever is cancelled after."""
    for said in query.filters:
        key = (said.name, said.value)
        if key in run.keys or said.name not in {"account", "from", "holder"}:
            continue
        run.keys[key] = ()
        run.keys[key] = (
            account_keys(user, said.value, now)
            if said.name == "account"
            else people_keys(user, said.value)
        )


def _notes(run: _Run, query: Query, asked: list[Source]) -> Iterator[str]:
    yield from query.problems
    for (name, value), keys in run.keys.items():
        if not keys and not run.late:
            who = "account" if name == "account" else "colleague"
            yield f"No {who} has “{value}” in the name."
    if query and not asked:
        yield "No kind of record has all of these operators. Leave one out."
    bounded = [s.heading.lower() for s in asked if run.found.get(s.kind, Found()).bounded]
    if bounded:
        yield (
            f"Of the {' and '.join(bounded)} only the newest {WINDOW:,} were looked through. "
            "A rarer word, account:, from: or before: looks further back."
        )
    if run.late:
        yield "This took too long: you see what was found in time. A longer word is faster."


def _more(query: Query, kind: str) -> str:
    return f"{reverse('search')}?{urlencode({'q': str(query.having('type', kind))})}"


def opened(request: HttpRequest) -> list[str]:
    """The addresses that the browser says it opened last; the server keeps none."""
    return request.GET.get("recent", "")[:1000].split(",")
