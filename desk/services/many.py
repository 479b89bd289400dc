"""Steps on many requests at once: a few statements for all of them, each journalled by itself."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from desk.models import CustodySpan, HandOff, IllegalMove, Outcome, SalesRequest, Status
from desk.services import custody, promises
from desk.services.closing import finish, mark_duplicate, unfinished
from journal import services as journal
from kit import bulk
from kit.business_time import WorkingTime, whole
from people import calendars
from people.models import CalendarVersion, Party, User

CHUNK: Final = 500
HELD: Final = {
    "status": "text", "holder_id": "bigint", "assigned_why": "text", "party_user_id": "bigint",
    "party_since": "timestamptz",
}  # fmt: skip
PROMISE: Final = {
    "priority": "smallint", "due_at": "timestamptz", "left_seconds": "bigint",
    "warned_at": "timestamptz", "calendar_version": "int", "response_due_at": "timestamptz",
}  # fmt: skip
ENDED: Final = {
    "status": "text", "outcome": "text", "holder_id": "bigint", "first_response_at": "timestamptz",
    "first_resolved_at": "timestamptz", "resolved_at": "timestamptz", "closed_at": "timestamptz",
    "due_at": "timestamptz", "left_seconds": "bigint", "calendar_version": "int",
    "response_due_at": "timestamptz",
}  # fmt: skip
SPAN: Final = {
    "ended_at": "timestamptz", "calendar_seconds": "bigint", "business_seconds": "bigint",
}  # fmt: skip
Refused = list[tuple[int, str]]


def locked(keys: Sequence[int]) -> list[SalesRequest]:
    """The requests, locked in the order of their keys: two that lock many never wait in a ring."""
    rows = SalesRequest.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    return list(rows.select_related("team__calendar", "type", "account", "holder"))


@transaction.atomic
def hand_to(
    whom: Mapping[int, tuple[User, str]], *, by: User | None, at: datetime, only_new: bool = False
) -> tuple[int, Refused]:
    """Give requests to coordinators: {request: (holder, why)}; returns (how many, what was refused).

    Spans end and begin at one instant for each request, as in the single step.
    """
    rows, refused = locked(list(whom)), []
    moved: list[SalesRequest] = []
    for row in rows:
        user = whom[row.pk][0]
        if row.status == Status.DONE or (only_new and row.status != Status.NEW):
            who = f"{row.holder} has {row.ref} already." if row.holder_id else f"{row.ref} is done."
            refused.append((row.pk, who))
        elif row.holder_id != user.pk:
            moved.append(row)
    entries = [_given(row, *whom[row.pk]) for row in moved]
    _new_spans(moved, at)
    _write(moved, HELD, at)
    journal.record_many(SalesRequest, entries, by=by, at=at)
    return len(moved), refused


def _given(row: SalesRequest, user: User, why: str) -> dict[str, Any]:
    before = row.holder_id
    row.move(Status.CLAIMED)
    row.holder, row.assigned_why = user, why[:200]
    action = "claimed" if not why else "assigned"
    return _entry(row, action, {"holder": user.pk, "before": before, "why": why})


def _new_spans(rows: Sequence[SalesRequest], at: datetime) -> None:
    """End the desk's open spans and begin those of the new holders."""
    turned = [row for row in rows if row.party == Party.DESK]
    _end_spans(turned, at)
    fresh = []
    for row in turned:
        row.party_since, row.party_user = custody.instant(row, at), row.holder
        fresh.append(CustodySpan(request=row, party=Party.DESK, user=row.holder,
                                 started_at=row.party_since))  # fmt: skip
    CustodySpan.objects.bulk_create(fresh, batch_size=CHUNK)


def _end_spans(rows: Sequence[SalesRequest], at: datetime) -> None:
    by_key = {row.pk: row for row in rows}
    found = CustodySpan.objects.filter(request__in=list(by_key), ended_at=None)
    changed = CalendarVersion.objects.aggregate(last=Max("ended_at"))["last"]
    own = cache(calendars.for_user)
    ended = []
    for span in found.select_related("user__team__calendar", "department__calendar"):
        row = by_key[span.request_id]
        end, seconds = custody.instant(row, at), None
        if changed is None or changed <= span.started_at:  # one calendar for all of it
            seconds = _time_of(span, row, own).seconds_between(whole(span.started_at), whole(end))
        custody.close(span, row, end, seconds)
        ended.append({name: getattr(span, name) for name in ("id", *SPAN)})
    bulk.update("desk_custodyspan", SPAN, ended)


def _time_of(
    span: CustodySpan, row: SalesRequest, own: Callable[[User], WorkingTime | None]
) -> WorkingTime:
    if span.department is not None:
        return calendars.for_department(span.department)
    return (own(span.user) if span.user is not None else None) or calendars.for_team(row.team)


@transaction.atomic
def prioritise(
    keys: Sequence[int], *, priority: int, by: User, at: datetime
) -> tuple[int, Refused]:
    """Set a priority; each promise moves as in the single step."""
    moved, entries, refused = [], [], []
    target = cache(lambda kind, level, tier: promises.targets(kind, level, tier)[1])
    for row in locked(keys):
        promises.catch_up(row, at=at)
        before, was = row.priority, row.due_at
        if row.status == Status.DONE:
            refused.append((row.pk, f"{row.ref} is done already."))
        elif before != priority:
            row.priority = priority
            tier = row.account.tier if row.account else ""
            promises.shift(
                row, target(row.type, priority, tier) - target(row.type, before, tier), at
            )
            entries.append(_entry(row, "priority", promises.told(row, before, was)))
            moved.append(row)
    _write(moved, PROMISE, at)
    journal.record_many(SalesRequest, entries, by=by, at=at)
    return len(moved), refused


@transaction.atomic
def tag(keys: Sequence[int], *, add: Sequence[str], remove: Sequence[str], by: User | None,
        at: datetime) -> tuple[int, Refused]:  # fmt: skip
    """Add and take away tags; what had them already is left as it is."""
    moved, entries = [], []
    for row in locked(keys):
        wanted = [name for name in dict.fromkeys([*row.tags, *add]) if name not in remove]
        if wanted != row.tags:
            entries.append(_entry(row, "tagged", {"from": row.tags, "to": wanted}))
            row.tags = wanted
            moved.append(row)
    _write(moved, {"tags": "varchar[]"}, at)
    journal.record_many(SalesRequest, entries, by=by, at=at)
    return len(moved), []


@transaction.atomic
def resolve_all(keys: Sequence[int], *, by: User, at: datetime) -> tuple[int, Refused]:
    """Resolve those that nothing holds up; the others are named with what does."""
    rows, refused, done = locked(keys), [], []
    asked = HandOff.objects.waited_for().filter(order=None, request__in=keys)
    held = {h.request_id: f"{h.department} has not finished “{h.ask}” yet."
            for h in asked.select_related("department")}  # fmt: skip
    for row in rows:
        words = held.get(row.pk, "") or (unfinished(row) if row.type.checklist else "")
        if row.status == Status.DONE:
            words = f"{row.ref} is done already."
        if words:
            refused.append((row.pk, words))
        else:
            done.append(row)
    _end_spans(done, at)
    entries = [entry for row in done for entry in _resolved(row, by, custody.instant(row, at))]
    _write(done, ENDED, at)
    journal.record_many(SalesRequest, entries, by=by, at=at)
    return len(done), refused


def _resolved(row: SalesRequest, by: User, at: datetime) -> list[dict[str, Any]]:
    entries = []
    if row.first_response_at is None and row.requester_id != by.pk:
        row.first_response_at = at
        entries.append(_entry(row, "responded", {}))
    row.holder = row.holder or by
    met = finish(row, Outcome.RESOLVED, at)
    return [*entries, _entry(row, "resolved", {"outcome": Outcome.RESOLVED, "met": met})]


def merge_all(
    keys: Sequence[int], *, into: SalesRequest, by: User, at: datetime
) -> tuple[int, Refused]:
    """Merge into one; the one itself is left out."""
    done, refused = 0, []
    for row in SalesRequest.objects.filter(pk__in=keys).exclude(pk=into.pk).order_by("pk"):
        try:
            mark_duplicate(row, of=into, by=by, at=at)
            done += 1
        except IllegalMove as words:
            refused.append((row.pk, str(words)))
    return done, refused


def _write(rows: Sequence[SalesRequest], columns: Mapping[str, str], at: datetime) -> None:
    for row in rows:
        row.version += 1
        row.updated_at = at
    names = {**columns, "version": "int", "updated_at": "timestamptz"}
    values = [{name: getattr(row, name) for name in ("id", *names)} for row in rows]
    bulk.update("desk_salesrequest", names, values)


def _entry(row: SalesRequest, verb: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "action": f"desk.request.{verb}", "id": row.pk, "name": str(row),
        "account": row.account_id, "data": dict(data),
    }  # fmt: skip
