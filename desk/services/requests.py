"""The life of a request: submitted, claimed, asked back, answered, resolved, reopened."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from comms import services as comms
from comms.models import Message, Visibility
from crm.models import Account, Contact
from desk.models import HandOff, IllegalMove, Outcome, Priority, RequestType, SalesRequest, Status
from desk.services import custody, handoffs, promises
from journal import services as journal
from people.models import Department, Party, User


class NotYours(Exception):
    """Somebody else's turn; the message is fit for people to read."""


class Unfinished(Exception):
    """Something has to be done first; the message is fit for people to read."""


@transaction.atomic
def submit(
    kind: RequestType, *, subject: str, account: Account | None, requester: User,
    data: Mapping[str, Any], priority: int, wanted_on: date | None, by: User, at: datetime,
    contact: Contact | None = None, source: str = "portal",
) -> SalesRequest:  # fmt: skip
    """Ask the desk for something; the promise runs from `at` in the team's business time.

    :raises promises.BadAnswers: if the answers do not fit the type's form.
    """
    answers = promises.clean(kind, data)
    response_due_at, due_at = promises.due(kind, priority, at)
    row = SalesRequest.objects.create(
        type=kind, subject=subject.strip()[:200], account=account, contact=contact,
        requester=requester, team=kind.team, priority=priority, data=answers, wanted_on=wanted_on,
        party=Party.DESK, party_since=at, submitted_at=at, source=source,
        response_due_at=response_due_at, due_at=due_at,
        calendar_version=kind.team.calendar.version,
    )  # fmt: skip
    custody.begin(row, Party.DESK, at=at)
    _record(
        "submitted", row, by=by, at=at, type=kind.slug, team=row.team_id, requester=requester.pk
    )
    return row


@transaction.atomic
def claim(row: SalesRequest, *, by: User, at: datetime) -> None:
    """Hand a waiting request to `by`.

    :raises IllegalMove: if someone else was faster.
    """
    at = _lock(row, at)
    if row.status != Status.NEW:
        holder = row.holder.get_full_name() if row.holder else "somebody"
        raise IllegalMove(
            f"{row.ref} is done."
            if row.status == Status.DONE
            else f"{holder} has {row.ref} already."
        )
    _claim(row, by=by, at=at)


@transaction.atomic
def take_next(*, by: User, at: datetime) -> SalesRequest | None:
    """The most urgent request that nobody has; None when there is none.

    Rows that somebody else is taking at this moment are skipped, not waited for, so that two
    people never get the same one.
    """
    row = (
        SalesRequest.objects.waiting()
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("priority", F("due_at").asc(nulls_last=True), "pk")
        .first()
    )
    if row is not None:
        _claim(row, by=by, at=custody.instant(row, at))
    return row


def _claim(row: SalesRequest, *, by: User, at: datetime) -> None:
    row.move(Status.CLAIMED)
    row.holder = by
    if row.party == Party.DESK:
        custody.end(row, at=at)
        custody.begin(row, Party.DESK, at=at, user=by)
    _save(row)
    _record("claimed", row, by=by, at=at)


@transaction.atomic
def release(row: SalesRequest, *, by: User, at: datetime) -> None:
    """Put it back into the queue.

    :raises IllegalMove: unless it is claimed.
    """
    at = _lock(row, at)
    if row.status != Status.CLAIMED:
        raise IllegalMove(f"{row.ref} is not claimed.")
    row.move(Status.NEW)
    row.holder = None
    if row.party == Party.DESK:
        custody.end(row, at=at)
        custody.begin(row, Party.DESK, at=at)
    _save(row)
    _record("released", row, by=by, at=at)


@transaction.atomic
def reply(
    row: SalesRequest, *, body: str, by: User, at: datetime, visibility: str = Visibility.REQUESTER
) -> Message:
    """Write to the requester, or further by `visibility`; the first is the first response.

    What the customer shall see leaves by mail to the request's contact.

    :raises comms.Unsendable: for an empty message, or one to a customer who has no address.
    """
    at = _lock(row, at)
    message = _post(row, body=body, visibility=visibility, by=by, at=at)
    if visibility == Visibility.CUSTOMER:
        _mail_customer(row, message, at=at)
    _responded(row, visibility, by=by, at=at)
    _save(row)
    return message


@transaction.atomic
def note(row: SalesRequest, *, body: str, by: User, at: datetime) -> Message:
    """Write something that only the desk and departments read."""
    return _post(row, body=body, visibility=Visibility.INTERNAL, by=by, at=at)


@transaction.atomic
def ask_requester(row: SalesRequest, *, body: str, by: User, at: datetime) -> Message:
    """Ask back: it is the requester's turn, and the promise waits.

    :raises IllegalMove: if the request is done.
    """
    at = _lock(row, at)
    _must_be_open(row)
    message = _post(
        row, body=body, visibility=Visibility.REQUESTER, by=by, at=at, asks_user=row.requester
    )
    _responded(row, Visibility.REQUESTER, by=by, at=at)
    custody.pass_on(row, Party.REP, by=by, at=at, user=row.requester)
    _save(row)
    return message


@transaction.atomic
def answer(row: SalesRequest, *, body: str, by: User, at: datetime) -> Message:
    """The requester writes; if it was her turn, it is the desk's again and the promise goes on.

    :raises IllegalMove: if the request is done: words to nobody would be lost.
    """
    at = _lock(row, at)
    _must_be_open(row)
    asks_desk = row.party != Party.REP
    message = _post(
        row, body=body, visibility=Visibility.REQUESTER, by=by, at=at, asks_desk=asks_desk
    )
    if row.party in custody.PAUSES:
        custody.pass_on(row, Party.DESK, by=by, at=at, user=row.holder)
    _save(row)
    return message


@transaction.atomic
def give_custody(
    row: SalesRequest, party: Party, *, by: User, at: datetime,
    department: Department | None = None, user: User | None = None,
) -> None:  # fmt: skip
    """Say by hand whose turn it is.

    :raises IllegalMove: if the request is done.
    """
    at = _lock(row, at)
    _must_be_open(row)
    usual = {Party.DESK: row.holder, Party.REP: row.requester}
    who = usual.get(party) if user is None else user
    custody.pass_on(row, party, by=by, at=at, user=who, department=department)
    _save(row)


@transaction.atomic
def resolve(row: SalesRequest, *, by: User, at: datetime, body: str = "") -> None:
    """The desk did what was asked; `body`, if any, is the last word to the requester.

    :raises Unfinished: while a department still has to answer.
    :raises IllegalMove: if it is done already.
    """
    at = _lock(row, at)
    _must_be_open(row)
    waiting = row.handoffs.filter(status__in=[HandOff.Status.ASKED], order=None).first()
    if waiting is not None:
        raise Unfinished(f"{waiting.department} has not answered “{waiting.ask}” yet.")
    if body.strip():
        _post(row, body=body, visibility=Visibility.REQUESTER, by=by, at=at)
    _responded(row, Visibility.REQUESTER, by=by, at=at)
    if row.holder is None:
        row.holder = by
    _finish(row, Outcome.RESOLVED, "resolved", by=by, at=at)


@transaction.atomic
def withdraw(row: SalesRequest, *, by: User, at: datetime) -> None:
    """The requester needs it no more, nor what departments were asked for it.

    :raises IllegalMove: if it is done already.
    """
    at = _lock(row, at)
    _must_be_open(row)
    _finish(row, Outcome.WITHDRAWN, "withdrawn", by=by, at=at, before_work=row.holder_id is None)
    _call_off(row, by=by, at=at)


@transaction.atomic
def mark_duplicate(row: SalesRequest, *, of: SalesRequest, by: User, at: datetime) -> None:
    """It was asked before; a duplicate of a duplicate points at the first of them.

    :raises IllegalMove: if it is done already, or would be a duplicate of itself.
    """
    list(SalesRequest.objects.select_for_update().filter(pk__in=[row.pk, of.pk]).order_by("pk"))
    at = _lock(row, at)
    _must_be_open(row)
    of.refresh_from_db(fields=["duplicate_of"])
    first = of
    while first.duplicate_of is not None:
        first = first.duplicate_of
    if first.pk == row.pk:
        raise IllegalMove("A request cannot be a duplicate of itself.")
    row.duplicate_of = first
    _finish(row, Outcome.DUPLICATE, "duplicate", by=by, at=at, of=first.pk)
    _call_off(row, by=by, at=at)


@transaction.atomic
def reopen(row: SalesRequest, *, by: User, at: datetime, body: str = "") -> None:
    """It was not done after all; the promise begins again.

    :raises IllegalMove: unless it is done.
    """
    at = _lock(row, at)
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
    _, row.due_at = promises.due(row.type, row.priority, at)
    row.left_seconds, row.calendar_version = None, row.team.calendar.version
    _save(row)
    if body.strip():
        _post(row, body=body, visibility=Visibility.REQUESTER, by=by, at=at, asks_desk=True)
    _record("reopened", row, by=by, at=at)


@transaction.atomic
def set_priority(row: SalesRequest, *, priority: int, by: User, at: datetime) -> None:
    """Change the priority; what was promised before stays in the journal."""
    at = _lock(row, at)
    _must_be_open(row)
    before, row.priority = row.priority, priority
    if before != priority:
        _save(row)
        names = {"from": Priority(before).label, "to": Priority(priority).label}
        _record("priority", row, by=by, at=at, **names)


def _finish(
    row: SalesRequest, outcome: Outcome, action: str, *, by: User, at: datetime, **data: Any
) -> None:
    row.move(Status.DONE)
    custody.end(row, at=at)
    row.outcome, row.resolved_at, row.closed_at = outcome, at, at
    row.first_resolved_at = row.first_resolved_at or at
    promises.catch_up(row, at=at)
    met = _kept_promise(row, at)
    row.due_at = row.left_seconds = None
    _save(row)
    _record(action, row, by=by, at=at, outcome=outcome, met=met, **data)


def _call_off(row: SalesRequest, *, by: User, at: datetime) -> None:
    """Departments need not go on with what was asked for this request alone."""
    for handoff in row.handoffs.waited_for().filter(order=None).order_by("pk"):
        handoffs.withdraw_handoff(handoff, by=by, at=at)


def _kept_promise(row: SalesRequest, at: datetime) -> bool | None:
    """Whether it is done in time; None when nothing was promised."""
    if row.due_at is not None:
        return at <= row.due_at
    return None if row.left_seconds is None else row.left_seconds >= 0


def _responded(row: SalesRequest, visibility: str, *, by: User, at: datetime) -> None:
    """The first reply by a person that the requester can see."""
    if row.first_response_at is None and visibility != Visibility.INTERNAL and by != row.requester:
        promises.catch_up(row, at=at)
        row.first_response_at = at
        _record("responded", row, by=by, at=at)


def _post(
    row: SalesRequest, *, body: str, visibility: str, by: User, at: datetime, **asks: Any
) -> Message:
    thread = comms.thread_for(row, account_id=row.account_id, at=at)
    return comms.post(thread, body=body, visibility=visibility, by=by, at=at, **asks)


def _mail_customer(row: SalesRequest, message: Message, *, at: datetime) -> None:
    if row.contact is None or not row.contact.email:
        raise comms.Unsendable(
            f"{row.ref} has no contact with a mail address: the customer would not get this."
        )
    comms.owe_mail(
        key=f"message:{message.pk}:customer", recipient=row.contact.email,
        recipient_name=row.contact.name, contact=row.contact, about=row, due_at=at, at=at,
        subject=f"{row.subject} ({row.ref})", body=message.body,
    )  # fmt: skip


def _must_be_open(row: SalesRequest) -> None:
    if row.status == Status.DONE:
        raise IllegalMove(f"{row.ref} is done already. Reopen it first.")


def _lock(row: SalesRequest, at: datetime) -> datetime:
    """Lock the row and read it again; the instant from which this step counts."""
    row.refresh_from_db(from_queryset=SalesRequest.objects.select_for_update())
    return custody.instant(row, at)


def _save(row: SalesRequest) -> None:
    row.version += 1
    row.save()


def _record(verb: str, row: SalesRequest, *, by: User | None, at: datetime, **data: Any) -> None:
    journal.record(f"desk.request.{verb}", row, by=by, at=at, account_id=row.account_id, data=data)
