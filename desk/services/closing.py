"""How a request ends, and what may come after: resolved, withdrawn, merged, split, reopened, rated."""

from datetime import datetime
from typing import Any

from django.db import transaction

from comms.models import Visibility
from desk.models import HandOff, IllegalMove, Outcome, SalesRequest, Satisfaction, Status, Watcher
from desk.services import custody, handoffs, promises, watching
from desk.services.forms import form_of
from desk.services.requests import (
    NotYours,
    lock,
    must_be_open,
    record,
    responded,
    save,
    submit,
    write,
)
from people.models import Party, User

BEST = 5


class Unfinished(Exception):
    """Something has to be done first; the message is fit for people to read."""


@transaction.atomic
def resolve(
    row: SalesRequest, *, by: User, at: datetime, body: str = "", override: str = ""
) -> None:
    """The desk did what was asked; `body`, if any, is the last word to the requester.

    `override` is the reason for not waiting for what is still open.

    :raises Unfinished: while a department has not finished, or the checklist is not ticked.
    :raises IllegalMove: if it is done already.
    """
    at = lock(row, at)
    must_be_open(row)
    missing = unfinished(row)
    if missing and not override.strip():
        raise Unfinished(f"{missing} Resolve it anyway only with a reason.")
    if body.strip():
        write(row, body=body, visibility=Visibility.REQUESTER, by=by, at=at)
    responded(row, Visibility.REQUESTER, by=by, at=at)
    if row.holder is None:
        row.holder = by
    told = {"override": override.strip()[:300], "open": missing} if missing else {}
    _finish(row, Outcome.RESOLVED, "resolved", by=by, at=at, **told)
    watching.tell(row, f"{by} resolved {row.ref}.", by=by, at=at)


def unfinished(row: SalesRequest) -> str:
    """What has to be done before it is resolved, in words; empty when nothing has to."""
    waited = row.handoffs.waited_for().filter(order=None).select_related("department")
    first = waited.order_by("pk").first()
    if first is not None:
        verb = "answered" if first.status == HandOff.Status.ASKED else "finished"
        return f"{first.department} has not {verb} “{first.ask}” yet."
    left = [step for step in form_of(row)[1] if step not in row.checked]
    return f"“{left[0]}” is not ticked yet." if left else ""


@transaction.atomic
def withdraw(row: SalesRequest, *, by: User, at: datetime) -> None:
    """The requester needs it no more, nor what departments were asked for it.

    :raises IllegalMove: if it is done already.
    """
    at = lock(row, at)
    must_be_open(row)
    _finish(row, Outcome.WITHDRAWN, "withdrawn", by=by, at=at, before_work=row.holder_id is None)
    _call_off(row, by=by, at=at)


@transaction.atomic
def mark_duplicate(row: SalesRequest, *, of: SalesRequest, by: User, at: datetime) -> None:
    """It was asked before; a duplicate of a duplicate points at the first of them.

    Nothing is lost: its conversation and files are shown with the first one's, whoever asked or
    followed it follows that one now, and what departments were asked goes on there.

    :raises IllegalMove: if it is done already, or would be a duplicate of itself.
    """
    keys = [row.pk, of.pk]
    list(SalesRequest.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    at = lock(row, at)
    must_be_open(row)
    of.refresh_from_db()
    first = of
    while first.duplicate_of is not None:
        first = first.duplicate_of
    if first.pk == row.pk:
        raise IllegalMove("A request cannot be a duplicate of itself.")
    row.duplicate_of = first
    _finish(row, Outcome.DUPLICATE, "duplicate", by=by, at=at, of=first.pk)
    if first.status == Status.DONE:
        _call_off(row, by=by, at=at)
    else:
        _carry_over(row, first, at)
    for user in {row.requester_id, *row.watchers.values_list("user", flat=True)}:
        if user != first.requester_id:
            Watcher.objects.get_or_create(request=first, user_id=user)
    row.duplicates.update(duplicate_of=first)


def _carry_over(row: SalesRequest, first: SalesRequest, at: datetime) -> None:
    """What departments were asked goes on at the first one, and so does whose turn it is."""
    waited = row.handoffs.waited_for().filter(order=None).select_related("department")
    asked = [handoff for handoff in waited.order_by("pk") if handoff.status == "asked"]
    row.handoffs.waited_for().filter(order=None).update(request=first)
    if asked and first.party == Party.DESK:
        department = asked[0].department
        instant = custody.instant(first, at)
        custody.pass_on(first, Party(department.party), by=None, at=instant, department=department)
        save(first)


@transaction.atomic
def split(row: SalesRequest, *, subject: str, body: str, by: User, at: datetime) -> SalesRequest:
    """A part of it becomes a request of its own, for the same people, with `body` as its start.

    :raises IllegalMove: if it is done.
    """
    at = lock(row, at)
    must_be_open(row)
    part = submit(
        row.type, subject=subject, account=row.account, contact=row.contact,
        requester=row.requester, data={}, priority=row.priority, wanted_on=row.wanted_on, by=by,
        at=at, source="split", unchecked=True,
    )  # fmt: skip
    part.split_from, part.tags = row, row.tags
    save(part)
    write(part, body=body, visibility=Visibility.REQUESTER, by=by, at=at)
    for user in row.watchers.values_list("user", flat=True):
        Watcher.objects.get_or_create(request=part, user_id=user)
    record("split", row, by=by, at=at, into=part.pk)
    return part


@transaction.atomic
def reopen(row: SalesRequest, *, by: User, at: datetime, body: str = "") -> None:
    """It was not done after all; the promise begins again.

    :raises IllegalMove: unless it is done.
    """
    at = lock(row, at)
    if row.status != Status.DONE:
        raise IllegalMove(f"{row.ref} is open.")
    row.move(Status.CLAIMED if row.holder_id else Status.NEW)
    row.outcome, row.duplicate_of = Outcome.NONE, None
    # The time in between belongs to the requester, who had what he asked for.
    if row.resolved_at is not None and row.resolved_at < at:
        custody.begin(row, Party.REP, at=row.resolved_at, user=row.requester)
        custody.end(row, at=at)
    custody.begin(row, Party.DESK, at=at, user=row.holder)
    row.resolved_at = row.closed_at = None
    row.reopened += 1
    _, row.due_at = promises.due(row.type, row.priority, at, row.account)
    row.left_seconds = row.warned_at = row.escalated_at = None
    row.calendar_version = row.team.calendar.version
    save(row)
    if body.strip():
        write(row, body=body, visibility=Visibility.REQUESTER, by=by, at=at, asks_desk=True)
    record("reopened", row, by=by, at=at)


@transaction.atomic
def rate(row: SalesRequest, *, score: int, comment: str, by: User, at: datetime) -> Satisfaction:
    """What the one who asked thinks of the answer; said again, the last word counts.

    :raises NotYours: for somebody else's request.
    :raises IllegalMove: before it is resolved, or for a score that is none.
    """
    at = lock(row, at)
    if row.requester_id != by.pk:
        raise NotYours("Only the one who asked can say how it went.")
    if row.outcome != Outcome.RESOLVED or not 1 <= score <= BEST:
        raise IllegalMove("Say it in one to five, once the request is resolved.")
    told, _ = Satisfaction.objects.update_or_create(
        request=row, defaults={"score": score, "comment": comment[:1000], "by": by, "at": at}
    )
    record("rated", row, by=by, at=at, score=score)
    return told


def _finish(
    row: SalesRequest, outcome: Outcome, action: str, *, by: User, at: datetime, **data: Any
) -> None:
    custody.end(row, at=at)
    met = finish(row, outcome, at)
    save(row)
    record(action, row, by=by, at=at, outcome=outcome, met=met, **data)


def finish(row: SalesRequest, outcome: Outcome, at: datetime) -> bool | None:
    """End it, unsaved; whether its promise was kept, None when nothing was promised."""
    row.move(Status.DONE)
    row.outcome, row.resolved_at, row.closed_at = outcome, at, at
    row.first_resolved_at = row.first_resolved_at or at
    promises.catch_up(row, at=at)
    met = _kept_promise(row, at)
    row.due_at = row.left_seconds = None
    return met


def _call_off(row: SalesRequest, *, by: User, at: datetime) -> None:
    """Departments need not go on with what was asked for this request alone."""
    for handoff in row.handoffs.waited_for().filter(order=None).order_by("pk"):
        handoffs.withdraw_handoff(handoff, by=by, at=at)


def _kept_promise(row: SalesRequest, at: datetime) -> bool | None:
    """Whether it is done in time; None when nothing was promised."""
    if row.due_at is not None:
        return at <= row.due_at
    return None if row.left_seconds is None else row.left_seconds >= 0
