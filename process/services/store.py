"""Event logs are written here, from cases that somebody else read.

An importer makes a log, then hands over its cases one by one:

    log = store.make_log(name="Helpdesk 2025", calendar=calendar, by=user, at=now)
    written = store.fill(log, cases(), by=user, at=now, progress=tell)

where `cases()` yields one `CaseEvents` for each case, with all of its events: a key that comes a second
time replaces what was there. Events need not be in order: they are sorted by time, and equal times keep
the order in which they came. Memory does not grow with the log. Everything else (variants, rework,
waits on both clocks, counts, the version) is worked out here.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from journal import services as journal
from kit import bulk
from kit.business_time import WorkingTime
from people import calendars
from people.models import User, WorkingCalendar
from process.models import KEY_LENGTH, NAME_LENGTH, NONE, Activity, Case, EventLog, Variant

CHUNK: Final = 2000
MANY: Final = 5000  # events after which the planner is told what the tables look like now
UNNAMED: Final = "(no name)"
_ANALYZE: Final = ("ANALYZE process_case", "ANALYZE process_step", "ANALYZE process_variant")


class Event(NamedTuple):
    """One thing that happened; `at` has a time zone. `resource` is who did it, `party` who held the
    case from then on (a `people.models.Party`, or nothing)."""

    activity: str
    at: datetime
    resource: str = ""
    party: str = ""


class CaseEvents(NamedTuple):
    """A case with all of its events; one without events is left out."""

    key: str
    events: Sequence[Event]
    team_id: int = NONE
    type_id: int = NONE
    subject_id: int | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Written:
    """How many cases and events were written, and how many cases were as they are already."""

    cases: int = 0
    events: int = 0
    unchanged: int = 0


class NameTaken(Exception):
    """A log of this name exists; the message is fit for people to read."""


Progress = Callable[[int], None]
Clock = Callable[[CaseEvents], WorkingTime | None]


@transaction.atomic
def make_log(
    *, name: str, by: User | None, at: datetime, calendar: WorkingCalendar | None = None,
    about: str = "",
) -> EventLog:  # fmt: skip
    """An empty log for an import; business time is counted by `calendar`, or all hours count.

    :raises NameTaken: if there is a log of this name.
    """
    try:
        with transaction.atomic():
            log = EventLog.objects.create(
                name=name.strip()[:NAME_LENGTH], about=about[:300], calendar=calendar, made_by=by,
                made_at=at, changed_at=at,
            )  # fmt: skip
    except IntegrityError as taken:
        raise NameTaken(f"There is an event log named “{name}” already.") from taken
    journal.record("process.eventlog.added", log, by=by, at=at)
    return log


@transaction.atomic
def fill(
    log: EventLog, cases: Iterable[CaseEvents], *, by: User | None, at: datetime,
    progress: Progress | None = None,
) -> Written:  # fmt: skip
    """Write the cases of an imported log, in one transaction.

    `progress` hears how many events were written since it last heard.
    """
    calendar = log.calendar
    time = calendars.working_time(calendar) if calendar else None
    written = write(log, cases, at=at, clock=lambda _: time, progress=progress)
    journal.record(
        "process.eventlog.filled", log, by=by, at=at,
        data={"cases": written.cases, "events": written.events},
    )  # fmt: skip
    return written


@transaction.atomic
def remove(log: EventLog, *, by: User | None, at: datetime) -> None:
    """Take an imported log away with all its cases."""
    journal.record("process.eventlog.removed", log, by=by, at=at, data={"name": log.name})
    bulk.run("DELETE FROM process_step WHERE log_id = %(log)s", {"log": log.pk})
    bulk.run("DELETE FROM process_case WHERE log_id = %(log)s", {"log": log.pk})
    log.delete()


@transaction.atomic
def write(
    log: EventLog, cases: Iterable[CaseEvents], *, at: datetime, clock: Clock,
    progress: Progress | None = None, again: bool = False,
) -> Written:  # fmt: skip
    """Add cases, or replace those of the same key; what is as it was is left alone unless `again`.

    `clock` says whose business time a case is counted in (None: all hours count). It belongs to
    `fill` and to the followers of the journal: there is no entry for it.
    """
    EventLog.objects.select_for_update(no_key=True).get(pk=log.pk)
    writer = _Writer(log, clock, again=again)
    total = Written()
    source = iter(cases)
    while chunk := list(islice(source, CHUNK)):
        done = writer.chunk(chunk)
        total = Written(
            total.cases + done.cases, total.events + done.events, total.unchanged + done.unchanged
        )
        if progress is not None and done.events:
            progress(done.events)
    if total.events >= MANY:
        for statement in _ANALYZE:
            bulk.run(statement)
    if total.cases:
        _count(log, at, writer.more_cases, writer.more_events)
    return total


@transaction.atomic
def forget(log: EventLog, case_ids: Sequence[int], *, at: datetime) -> None:
    """Take cases out of a log whose subject is gone."""
    EventLog.objects.select_for_update(no_key=True).get(pk=log.pk)
    cases, events = _delete(list(case_ids))
    if cases:
        _count(log, at, -cases, -events)


def _count(log: EventLog, at: datetime, cases: int, events: int) -> None:
    EventLog.objects.filter(pk=log.pk).update(
        cases=F("cases") + cases, events=F("events") + events, version=F("version") + 1,
        changed_at=at,
    )  # fmt: skip
    log.refresh_from_db(fields=["cases", "events", "version", "changed_at"])


def _delete(ids: Sequence[int]) -> tuple[int, int]:
    if not ids:
        return 0, 0
    events = bulk.run("DELETE FROM process_step WHERE case_id = ANY(%(ids)s)", {"ids": ids})
    return bulk.run("DELETE FROM process_case WHERE id = ANY(%(ids)s)", {"ids": ids}), events


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:KEY_LENGTH]


def _tidy(event: Event) -> Event:
    at = event.at.astimezone(UTC)
    return Event(_clean(event.activity) or UNNAMED, at, _clean(event.resource), event.party)


class _Writer:
    """What stays the same from chunk to chunk: the numbers of activities and variants."""

    def __init__(self, log: EventLog, clock: Clock, *, again: bool) -> None:
        self.log, self.clock, self.again = log, clock, again
        self.more_cases = self.more_events = 0
        names = Activity.objects.filter(log=log).values_list("name", "pk")
        self.activities: dict[str, int] = dict(names)
        self.variants: dict[str, int] = {}

    def chunk(self, found: Sequence[CaseEvents]) -> Written:
        cases = {case.key: case for case in _ordered(found)}  # the last of a key counts
        hours = {key: self.clock(case) for key, case in cases.items()}
        elapsed = {key: _elapsed(case, hours[key]) for key, case in cases.items()}
        digests = {key: _digest(case, elapsed[key]) for key, case in cases.items()}
        known = {
            key: (pk, digest)
            for key, pk, digest in Case.objects.filter(log=self.log, key__in=list(cases))
            .values_list("key", "pk", "digest")
        }  # fmt: skip
        fresh = {
            key: case for key, case in cases.items()
            if self.again or key not in known or known[key][1] != digests[key]
        }  # fmt: skip
        if fresh:
            self._replace(fresh, {key: pk for key, (pk, _) in known.items()}, elapsed, digests)
        events = sum(len(case.events) for case in fresh.values())
        return Written(len(fresh), events, len(cases) - len(fresh))

    def _replace(
        self, fresh: dict[str, CaseEvents], known: dict[str, int],
        elapsed: dict[str, list[tuple[float, float]]], digests: dict[str, str],
    ) -> None:  # fmt: skip
        gone, events = _delete([known[key] for key in fresh if key in known])
        self._learn(fresh.values())
        new = [key for key in fresh if key not in known]
        ids = known | dict(zip(new, _numbers(len(new)), strict=True))
        case_rows: list[tuple[Any, ...]] = []
        step_rows: list[tuple[Any, ...]] = []
        for key, case in fresh.items():
            case_rows.append(self._case_row(ids[key], case, elapsed[key], digests[key]))
            step_rows += self._step_rows(ids[key], case, elapsed[key])
        bulk.copy("process_case", _CASE_COLUMNS, case_rows)
        bulk.copy("process_step", _STEP_COLUMNS, step_rows, empty=_STEP_TEXTS)
        self.more_cases += len(fresh) - gone
        self.more_events += len(step_rows) - events

    def _learn(self, cases: Iterable[CaseEvents]) -> None:
        """Give numbers to activities and variants that were not seen before."""
        cases = list(cases)
        new = dict.fromkeys(e.activity for case in cases for e in case.events)
        names = [name for name in new if name not in self.activities]
        if names:
            made = Activity.objects.bulk_create([Activity(log=self.log, name=n) for n in names])
            self.activities |= {row.name: row.pk for row in made}
        ways = {_way(path): path for path in map(self._path, cases)}
        self._learn_variants({d: p for d, p in ways.items() if d not in self.variants})

    def _learn_variants(self, ways: dict[str, list[int]]) -> None:
        if not ways:
            return
        rows = [
            Variant(log=self.log, digest=d, activities=p, rework=len(set(p)) < len(p))
            for d, p in ways.items()
        ]
        Variant.objects.bulk_create(rows, ignore_conflicts=True)
        found = Variant.objects.filter(log=self.log, digest__in=list(ways))
        self.variants |= dict(found.values_list("digest", "pk"))

    def _path(self, case: CaseEvents) -> list[int]:
        return [self.activities[event.activity] for event in case.events]

    def _case_row(
        self, pk: int, case: CaseEvents, elapsed: list[tuple[float, float]], digest: str
    ) -> tuple[Any, ...]:
        path = self._path(case)
        return (
            pk, self.log.pk, case.key, case.subject_id, case.team_id, case.type_id,
            self.variants[_way(path)], case.events[0].at, case.events[-1].at, len(path),
            len(set(path)) < len(path), case.is_open, *elapsed[-1], digest,
        )  # fmt: skip

    def _step_rows(
        self, pk: int, case: CaseEvents, elapsed: list[tuple[float, float]]
    ) -> Iterator[tuple[Any, ...]]:
        events, path = case.events, self._path(case)
        last = len(events) - 1
        for i, event in enumerate(events):
            after: tuple[Any, ...] = (None, "", "", None, None)
            if i < last:
                waits = (round(b - a, 6) for a, b in zip(elapsed[i], elapsed[i + 1], strict=True))
                following = events[i + 1]
                after = (path[i + 1], following.resource, following.party, *waits)
            yield self.log.pk, pk, i, path[i], event.at, event.resource, event.party, *after


_CASE_COLUMNS: Final = (
    "id", "log_id", "key", "subject_id", "team_id", "type_id", "variant_id", "started_at", "ended_at",
    "steps", "rework", "is_open", "seconds", "business_seconds", "digest",
)  # fmt: skip
_STEP_COLUMNS: Final = (
    "log_id", "case_id", "place", "activity_id", "at", "resource", "party", "next_activity_id",
    "next_resource", "next_party", "wait", "business_wait",
)  # fmt: skip
_STEP_TEXTS: Final = ("resource", "party", "next_resource", "next_party")


def _ordered(cases: Iterable[CaseEvents]) -> Iterator[CaseEvents]:
    """Cases with events, those in order of time; sorting keeps the order of equal times."""
    for case in cases:
        if case.events:
            events = sorted(map(_tidy, case.events), key=lambda event: event.at)
            yield case._replace(key=_clean(case.key) or UNNAMED, events=events)


def _elapsed(case: CaseEvents, time: WorkingTime | None) -> list[tuple[float, float]]:
    """Calendar and business seconds from the first event to each: waits then add up exactly."""
    start = case.events[0].at
    if time is None:
        return [((event.at - start).total_seconds(),) * 2 for event in case.events]
    return [
        ((event.at - start).total_seconds(), float(time.seconds_between(start, event.at)))
        for event in case.events
    ]


def _way(path: Sequence[int]) -> str:
    text = ",".join(map(str, path))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _digest(case: CaseEvents, elapsed: list[tuple[float, float]]) -> str:
    return hashlib.md5(repr((case, elapsed)).encode(), usedforsecurity=False).hexdigest()


def _numbers(many: int) -> list[int]:
    """Keys of new cases, taken from their sequence: COPY tells nobody what it gave."""
    with connection.cursor() as sql:
        sql.execute(
            "SELECT nextval(pg_get_serial_sequence('process_case', 'id'))"
            " FROM generate_series(1, %s)", [many],
        )  # fmt: skip
        return [pk for (pk,) in sql.fetchall()]
