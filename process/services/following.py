"""The built-in logs: requests and orders, kept in step with the journal; a rebuild proves it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from desk.models import HandOff, SalesRequest
from journal.models import Cursor, Entry
from journal.services import catch_up
from kit import bulk
from orders.models import Order
from process.models import Case, EventLog
from process.services import cases, store

FOLLOWER: Final = "process"
BATCH: Final = 2000
Source = EventLog.Source
Reader = Callable[[Collection[int]], list[store.CaseEvents]]
READERS: Final[dict[str, Reader]] = {Source.REQUESTS: cases.requests, Source.ORDERS: cases.orders}
ABOUT: Final = {
    Source.REQUESTS: "Every request of the desk, from its journal. Kept up to date by itself.",
    Source.ORDERS: "Every order, from its journal. Kept up to date by itself.",
}


def follow(*, at: datetime) -> int:
    """Follow the journal to its end; returns how many entries were read."""
    return catch_up(FOLLOWER, lambda entries: _follow(entries, at), batch=BATCH)


def built_in(source: str, *, at: datetime) -> EventLog:
    """The log of requests or orders, made when it is first wanted."""
    log = EventLog.objects.filter(source=source).first()
    if log is not None:
        return log
    name = Source(source).label
    taken = EventLog.objects.filter(name=name).exists()
    return EventLog.objects.create(
        name=f"{name} (built in)" if taken else name, about=ABOUT[Source(source)], source=source,
        made_at=at, changed_at=at,
    )  # fmt: skip


def _follow(entries: Sequence[Entry], at: datetime) -> None:
    """Write every case that `entries` speak of again; a replay changes nothing."""
    touched: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        touched[entry.subject_type].add(entry.subject_id)
    asked = HandOff.objects.filter(pk__in=touched[cases.HANDOFF], request__isnull=False)
    requests = touched[cases.REQUEST] | set(asked.values_list("request_id", flat=True))
    for source, ids in ((Source.REQUESTS, requests), (Source.ORDERS, touched[cases.ORDER])):
        if ids:
            _refresh(built_in(source, at=at), ids, at=at, again=False)


def _refresh(log: EventLog, ids: Collection[int], *, at: datetime, again: bool) -> store.Written:
    """Write these subjects; what is no case any more is forgotten."""
    found = [case for case in READERS[log.source](ids) if case.events]
    written = store.write(log, found, at=at, clock=cases.team_clock(), again=again)
    gone = Case.objects.filter(log=log, subject_id__in=ids).exclude(
        subject_id__in=[case.subject_id for case in found]
    )
    store.forget(log, list(gone.values_list("pk", flat=True)), at=at)
    return written


_COLUMNS: Final = """
    SELECT c.log_id, c.key, c.subject_id, c.team_id, c.type_id, c.is_open, c.seconds,
        c.business_seconds, c.variant_id, s.place, s.activity_id, s.at, s.resource, s.party,
        s.next_activity_id, s.next_resource, s.next_party, s.wait, s.business_wait
    FROM process_step s JOIN process_case c ON c.id = s.case_id
    JOIN process_eventlog l ON l.id = c.log_id AND l.source <> 'imported'
"""
_BEFORE: Final = f"CREATE TEMP TABLE process_before ON COMMIT DROP AS {_COLUMNS}"
_DIFFERING: Final = f"""
    SELECT count(DISTINCT (log_id, key)) FROM (
        (TABLE process_before EXCEPT {_COLUMNS}) UNION ALL ({_COLUMNS} EXCEPT TABLE process_before)
    ) AS differing
"""  # noqa: S608 - our own columns


@transaction.atomic
def rebuild(*, at: datetime, progress: Callable[[str, int], None] | None = None) -> int:
    """Write the built-in logs from the journal again, while the follower waits.

    `progress` hears the name of a log and how many of its cases were written since. Returns how many
    cases differ from what stood before: 0 proves the follower right (when it was up to date).
    """
    Cursor.objects.get_or_create(name=FOLLOWER)
    Cursor.objects.select_for_update().get(name=FOLLOWER)
    bulk.run(_BEFORE)
    for source, model in ((Source.REQUESTS, SalesRequest), (Source.ORDERS, Order)):
        log = built_in(source, at=at)
        _forget_strangers(log, model, at=at)
        for ids in _batches(model):
            written = _refresh(log, ids, at=at, again=True)
            if progress is not None:
                progress(log.name, written.cases)
    return bulk.number(_DIFFERING)


def _forget_strangers(
    log: EventLog, model: type[SalesRequest] | type[Order], *, at: datetime
) -> None:
    """Cases whose request or order is no more."""
    living = model.objects.values("pk")
    known = Case.objects.filter(log=log).exclude(subject_id__in=living)  # type: ignore[misc]
    store.forget(log, list(known.values_list("pk", flat=True)), at=at)


def _batches(model: type[SalesRequest] | type[Order]) -> Iterator[list[int]]:
    last = 0
    while True:
        rows = model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
        ids = list(rows[:BATCH])
        if not ids:
            return
        yield ids
        last = ids[-1]
