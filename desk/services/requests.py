"""The life of a request: submitted, claimed, talked about, asked back, answered."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from comms import services as comms
from comms.models import Message, Visibility
from comms.parties import parties_of
from crm.models import Account, Contact
from desk.models import IllegalMove, RequestType, SalesRequest, Status
from desk.services import assignment, custody, promises
from journal import services as journal
from people.models import Department, Party, User


class NotYours(Exception):
    """Somebody else's turn; the message is fit for people to read."""


def submit_within(
    kind: RequestType, *, subject: str, account: Account | None, requester: User,
    data: Mapping[str, Any], priority: int, wanted_on: date | None, by: User | None, at: datetime,
    contact: Contact | None = None, source: str = "portal", unchecked: bool = False,
) -> SalesRequest:  # fmt: skip
    """Ask the desk for something; the promise runs from `at` in the team's business time.

    `unchecked`: a part of another request, whose form was filled in there. It belongs into a
    transaction, or behind a savepoint, that is undone when this raises.

    :raises promises.BadAnswers: if the answers do not fit the type's form.
    """
    answers = {} if unchecked else promises.clean(kind, data)
    response_due_at, due_at = promises.due(kind, priority, at, account)
    row = SalesRequest.objects.create(
        type=kind, subject=subject.strip()[:200], account=account, contact=contact,
        requester=requester, team=kind.team, priority=priority, data=answers, wanted_on=wanted_on,
        party=Party.DESK, party_since=at, submitted_at=at, source=source,
        response_due_at=response_due_at, due_at=due_at, form_version=kind.version,
        calendar_version=kind.team.calendar.version,
    )  # fmt: skip
    custody.begin(row, Party.DESK, at=at)
    record("submitted", row, by=by, at=at, type=kind.slug, team=row.team_id, requester=requester.pk)
    assignment.place(row, at=at)
    return row


submit = transaction.atomic(submit_within)


@transaction.atomic
def claim(row: SalesRequest, *, by: User, at: datetime) -> None:
    """Hand a waiting request to `by`.

    :raises IllegalMove: if someone else was faster.
    """
    at = lock(row, at)
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
    row.holder, row.assigned_why = by, ""
    if row.party == Party.DESK:
        custody.end(row, at=at)
        custody.begin(row, Party.DESK, at=at, user=by)
    save(row)
    record("claimed", row, by=by, at=at)


@transaction.atomic
def release(row: SalesRequest, *, by: User, at: datetime) -> None:
    """Put it back into the queue.

    :raises IllegalMove: unless it is claimed.
    """
    at = lock(row, at)
    if row.status != Status.CLAIMED:
        raise IllegalMove(f"{row.ref} is not claimed.")
    row.move(Status.NEW)
    row.holder, row.assigned_why = None, ""
    if row.party == Party.DESK:
        custody.end(row, at=at)
        custody.begin(row, Party.DESK, at=at)
    save(row)
    record("released", row, by=by, at=at)


@transaction.atomic
def reply(
    row: SalesRequest, *, body: str, by: User, at: datetime,
    visibility: str = Visibility.REQUESTER, contacts: Sequence[Contact] = (), **asks: Any,
) -> Message:  # fmt: skip
    """Write to the requester, or further by `visibility`; the first is the first response.

    What the customer shall see leaves by mail to `contacts`, or else the request's contact.

    :raises comms.Unsendable: for an empty message, or one to a customer who has no address.
    """
    at = lock(row, at)
    message = write(row, body=body, visibility=visibility, by=by, at=at, **asks)
    if visibility == Visibility.CUSTOMER:
        comms.to_customer(message, row, parties_of(row), contacts, at=at)
    responded(row, visibility, by=by, at=at)
    save(row)
    return message


@transaction.atomic
def note(row: SalesRequest, *, body: str, by: User, at: datetime, **asks: Any) -> Message:
    """Write something that only the desk and departments read."""
    return write(row, body=body, visibility=Visibility.INTERNAL, by=by, at=at, **asks)


def said(
    row: SalesRequest, *, body: str, visibility: str, by: User, at: datetime,
    contacts: Sequence[Contact] = (), **asks: Any,
) -> Message:  # fmt: skip
    """What somebody writes on its conversation, wherever: the step that it means.

    :raises comms.Unsendable: also if the requester writes, or is asked, and the request is done.
    """
    said = {"body": body, "by": by, "at": at, **asks}
    try:
        if visibility == Visibility.INTERNAL:
            return note(row, **said)
        if visibility == Visibility.REQUESTER and by.pk == row.requester_id:
            return answer(row, **said)
        if visibility == Visibility.REQUESTER and asks.get("asks_user") == row.requester:
            return ask_requester(row, **said)
        if by.department_id is None and not by.has_perm("desk.work_queue"):
            # A teammate of the rep adds something: nobody's answer, and no first response.
            return write(row, visibility=Visibility.REQUESTER, **said)
        return reply(row, visibility=visibility, contacts=contacts, **said)
    except IllegalMove as refusal:
        raise comms.Unsendable(str(refusal)) from refusal


@transaction.atomic
def customer_said(
    row: SalesRequest, *, body: str, at: datetime, contact: Contact | None = None, **where: Any
) -> Message:
    """The customer writes; if it was the customer's turn, it is the desk's again.

    A request that is done stays done: the desk sees the words and decides.
    """
    at = lock(row, at)
    thread = comms.thread_for(row, account_id=row.account_id, at=at)
    message = comms.receive(thread, body=body, at=at, contact=contact, **where)
    if row.status != Status.DONE and row.party == Party.CUSTOMER:
        custody.pass_on(row, Party.DESK, by=None, at=at, user=row.holder)
    save(row)
    return message


@transaction.atomic
def ask_requester(row: SalesRequest, *, body: str, by: User, at: datetime, **more: Any) -> Message:
    """Ask back: it is the requester's turn, and the promise waits.

    :raises IllegalMove: if the request is done.
    """
    at = lock(row, at)
    must_be_open(row)
    message = write(
        row, body=body, visibility=Visibility.REQUESTER, by=by, at=at,
        **(more | {"asks_user": row.requester}),
    )  # fmt: skip
    responded(row, Visibility.REQUESTER, by=by, at=at)
    custody.pass_on(row, Party.REP, by=by, at=at, user=row.requester)
    save(row)
    return message


@transaction.atomic
def answer(row: SalesRequest, *, body: str, by: User, at: datetime, **more: Any) -> Message:
    """The requester writes; if it was her turn, it is the desk's again and the promise goes on.

    :raises IllegalMove: if the request is done: words to nobody would be lost.
    """
    at = lock(row, at)
    must_be_open(row)
    asks_desk = row.party != Party.REP
    message = write(
        row, body=body, visibility=Visibility.REQUESTER, by=by, at=at,
        **(more | {"asks_desk": asks_desk}),
    )  # fmt: skip
    if row.party in custody.PAUSES:
        custody.pass_on(row, Party.DESK, by=by, at=at, user=row.holder)
    save(row)
    return message


@transaction.atomic
def give_custody(
    row: SalesRequest, party: Party, *, by: User, at: datetime,
    department: Department | None = None, user: User | None = None,
) -> None:  # fmt: skip
    """Say by hand whose turn it is.

    :raises IllegalMove: if the request is done.
    """
    at = lock(row, at)
    must_be_open(row)
    usual = {Party.DESK: row.holder, Party.REP: row.requester}
    who = usual.get(party) if user is None else user
    custody.pass_on(row, party, by=by, at=at, user=who, department=department)
    save(row)


@transaction.atomic
def set_priority(row: SalesRequest, *, priority: int, by: User, at: datetime) -> None:
    """Change the priority, and from now on the promise by as much as the targets differ.

    What was used of the promise stays used, and a promise that broke stays broken: nothing that
    happened is rewritten, and the journal keeps what was promised before.
    """
    at = lock(row, at)
    must_be_open(row)
    before, row.priority = row.priority, priority
    if before == priority:
        return
    promises.catch_up(row, at=at)
    was = row.due_at
    tier = row.account.tier if row.account else ""
    promises.shift(
        row, promises.targets(row.type, priority, tier)[1]
        - promises.targets(row.type, before, tier)[1], at,
    )  # fmt: skip
    save(row)
    record("priority", row, by=by, at=at, **promises.told(row, before, was))


def responded(row: SalesRequest, visibility: str, *, by: User, at: datetime) -> None:
    """The first reply by a person that the requester can see."""
    if row.first_response_at is None and visibility != Visibility.INTERNAL and by != row.requester:
        promises.catch_up(row, at=at)
        row.first_response_at = at
        record("responded", row, by=by, at=at)


def write(
    row: SalesRequest, *, body: str, visibility: str, by: User, at: datetime, **asks: Any
) -> Message:
    thread = comms.thread_for(row, account_id=row.account_id, at=at)
    return comms.post(thread, body=body, visibility=visibility, by=by, at=at, **asks)


def must_be_open(row: SalesRequest) -> None:
    if row.status == Status.DONE:
        raise IllegalMove(f"{row.ref} is done already. Reopen it first.")


def lock(row: SalesRequest, at: datetime) -> datetime:
    """Lock the row and read it again; the instant from which this step counts."""
    row.refresh_from_db(from_queryset=SalesRequest.objects.select_for_update())
    return custody.instant(row, at)


def save(row: SalesRequest) -> None:
    row.version += 1
    row.save()


def record(verb: str, row: SalesRequest, *, by: User | None, at: datetime, **data: Any) -> None:
    journal.record(f"desk.request.{verb}", row, by=by, at=at, account_id=row.account_id, data=data)
