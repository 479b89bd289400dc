"""Requests and orders as cases: read from the journal and from the rows that services write."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from desk.models import CustodySpan, HandOff, SalesRequest
from desk.models import Status as RequestStatus
from journal.models import Entry
from kit.business_time import WorkingTime
from orders.models import Order
from orders.models import Status as OrderStatus
from people import calendars
from people.models import Team
from process.models import NONE
from process.services import words
from process.services.store import CaseEvents, Clock, Event

REQUEST = SalesRequest._meta.label_lower
HANDOFF = HandOff._meta.label_lower
ORDER = Order._meta.label_lower
ORDER_OVER = frozenset({OrderStatus.DELIVERED, OrderStatus.CLOSED, OrderStatus.CANCELLED})
Spans = list[tuple[datetime, datetime | None, str]]
Named = tuple[Entry, str]  # an entry, and the department that a hand-off asked


def team_clock() -> Clock:
    """Business time of the team of a case, each calendar read once."""
    known: dict[int, WorkingTime | None] = {NONE: None}

    def clock(case: CaseEvents) -> WorkingTime | None:
        if case.team_id not in known:
            team = Team.objects.select_related("calendar").filter(pk=case.team_id).first()
            known[case.team_id] = calendars.for_team(team) if team else None
        return known[case.team_id]

    return clock


def requests(ids: Collection[int]) -> list[CaseEvents]:
    """These requests with all of their steps; the same journal gives the same cases."""
    rows = SalesRequest.objects.filter(pk__in=ids).values("pk", "team_id", "type_id", "status")
    entries = _entries(REQUEST, ids)
    spans = _spans(ids)
    for request_id, named in _handoffs(ids):
        entries[request_id].append(named)
    return [
        CaseEvents(
            f"R-{row['pk']}", _request_events(entries[row["pk"]], spans[row["pk"]]),
            row["team_id"] or NONE, row["type_id"] or NONE, row["pk"],
            row["status"] != RequestStatus.DONE,
        )
        for row in rows
    ]  # fmt: skip


def orders(ids: Collection[int]) -> list[CaseEvents]:
    """These orders with all of their steps."""
    rows = Order.objects.filter(pk__in=ids).values("pk", "number", "team_id", "status")
    entries = _entries(ORDER, ids)
    return [
        CaseEvents(
            row["number"], _order_events(entries[row["pk"]]), row["team_id"] or NONE, NONE,
            row["pk"], row["status"] not in ORDER_OVER,
        )
        for row in rows
    ]  # fmt: skip


def _entries(subject: str, ids: Collection[int]) -> dict[int, list[Named]]:
    found: dict[int, list[Named]] = defaultdict(list)
    for entry in Entry.objects.filter(subject_type=subject, subject_id__in=ids):
        found[entry.subject_id].append((entry, ""))
    return found


def _handoffs(ids: Collection[int]) -> list[tuple[int, Named]]:
    """Entries of the hand-offs of these requests, with the department that was asked."""
    rows = HandOff.objects.filter(request__in=ids).values_list("pk", "request", "department__name")
    known = {pk: (request_id, name) for pk, request_id, name in rows if request_id is not None}
    if not known:
        return []
    entries = Entry.objects.filter(subject_type=HANDOFF, subject_id__in=list(known))
    return [(known[e.subject_id][0], (e, known[e.subject_id][1])) for e in entries]


def _spans(ids: Collection[int]) -> dict[int, Spans]:
    found: dict[int, Spans] = defaultdict(list)
    rows = CustodySpan.objects.filter(request__in=ids).order_by("request_id", "started_at", "pk")
    for request_id, start, end, party in rows.values_list(
        "request_id", "started_at", "ended_at", "party"
    ):
        found[request_id].append((start, end, party))
    return found


def _request_events(entries: list[Named], spans: Spans) -> list[Event]:
    starts = [start for start, _, _ in spans]
    moments = {entry.at for entry, _ in entries if entry.subject_type == HANDOFF}
    return [
        Event(step.activity, at, step.resource, _held(spans, starts, at))
        for entry, department in _in_order(entries)
        if not (entry.at in moments and words.said_by_handoff(entry))
        for step, at in _told(entry, department)
    ]


def _told(entry: Entry, department: str) -> Iterable[tuple[words.Told, datetime]]:
    if entry.action == "desk.request.imported":
        return _imported(entry.data)
    if entry.subject_type == HANDOFF:
        return _one(words.handoff_step(entry, department), entry.at)
    return _one(words.request_step(entry), entry.at)


def _one(told: words.Told | None, at: datetime) -> list[tuple[words.Told, datetime]]:
    return [] if told is None else [(told, at)]


def _imported(data: dict[str, Any]) -> Iterable[tuple[words.Told, datetime]]:
    """The events of a request that came from another tool's log, as its entry keeps them."""
    for activity, at, resource in data.get("events", ()):
        yield words.Told(activity, resource or ""), datetime.fromisoformat(at)


def _held(spans: Spans, starts: Sequence[datetime], at: datetime) -> str:
    """Who has it from this moment on; nobody once it is done."""
    i = bisect_right(starts, at) - 1
    if i < 0:
        return ""
    _, end, party = spans[i]
    return "" if end is not None and end <= at else party


def _order_events(entries: list[Named]) -> list[Event]:
    events: list[Event] = []
    party = ""
    for entry, _ in _in_order(entries):
        told = words.order_step(entry)
        if told is not None:
            party = words.order_party(entry, party)
            events.append(Event(told.activity, entry.at, told.resource, party))
    return events


def _in_order(entries: list[Named]) -> list[Named]:
    return sorted(entries, key=lambda named: (named[0].at, named[0].pk))
