"""Hand-offs: asked, accepted with a day, rejected with a reason, done."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from desk.models import HandOff, IllegalMove, SalesRequest, Status
from desk.services import custody, handoff_links
from journal import services as journal
from orders import services as orders
from orders.models import Order
from people import calendars
from people.models import Department, Party, User

ANSWER_WITHIN = 4 * 3600
Answered = HandOff.Status


class BadPromise(Exception):
    """A day that cannot be promised; the message is fit for people to read."""


@transaction.atomic
def ask_department(
    department: Department, *, ask: str, by: User, at: datetime,
    order: Order | None = None, request: SalesRequest | None = None, due_at: datetime | None = None,
) -> HandOff:  # fmt: skip
    """Ask a department to do its part, by `due_at` or within half a working day of its own.

    An order goes to logistics by this; a request is in the department's custody from now on. The
    department's address gets a mail by which it can be answered without an account.

    :raises orders.models.IllegalMove: if the order cannot be handed off now.
    :raises IllegalMove: if the request is done.
    :raises BadPromise: if it would be due before it is asked.
    """
    if request is not None:
        request.refresh_from_db(from_queryset=SalesRequest.objects.select_for_update(of=("self",)))
        if request.status == Status.DONE:
            raise IllegalMove(f"{request.ref} is done already. Reopen it first.")
    if due_at is not None and due_at <= at:
        raise BadPromise("This moment has passed. Ask for an answer by a later one.")
    due_at = due_at or calendars.for_department(department).add(at, ANSWER_WITHIN)
    handoff = HandOff.objects.create(
        department=department, order=order, request=request, ask=ask.strip()[:300], asked_by=by,
        asked_at=at, due_at=due_at,
    )  # fmt: skip
    if order is not None:
        orders.hand_off(order, by=by, at=at)
    for row in _requests(handoff):
        _pass(row, Party(department.party), by=by, at=at, department=department)
    _record("asked", handoff, by=by, at=at, department=department.slug)
    handoff_links.send(handoff, at=at)
    return handoff


@transaction.atomic
def accept_handoff(
    handoff: HandOff, *, promised_on: date, by: User | None, at: datetime, name: str = ""
) -> None:
    """The department will do it by `promised_on`; `name` is who answered by the link of a mail.

    :raises IllegalMove: unless it is waiting for an answer.
    :raises BadPromise: for a day that has passed on the clock of whoever promises.
    """
    zone = by.zone if by else handoff.department.calendar.zone
    if promised_on < at.astimezone(ZoneInfo(zone)).date():
        raise BadPromise("This day has passed. Promise today or later.")
    _answer(handoff, Answered.ACCEPTED, by=by, at=at)
    handoff.promised_on = promised_on
    handoff.save()
    if handoff.order is not None:
        orders.promise(handoff.order, promised_on, by=by, at=at)
    _back_to_desk(handoff, by=by, at=at)
    _record("accepted", handoff, by=by, at=at, name=name, promised_on=promised_on.isoformat())


@transaction.atomic
def reject_handoff(
    handoff: HandOff, *, reason: str, by: User | None, at: datetime, name: str = ""
) -> None:
    """The department cannot; an order comes back to the desk.

    :raises IllegalMove: unless it can still be rejected.
    """
    _answer(handoff, Answered.REJECTED, by=by, at=at)
    handoff.reject_reason = reason.strip()[:300]
    handoff.save()
    if handoff.order is not None:
        orders.take_back(handoff.order, handoff.reject_reason, by=by, at=at)
    _back_to_desk(handoff, by=by, at=at)
    _record("rejected", handoff, by=by, at=at, name=name, reason=handoff.reject_reason)


@transaction.atomic
def finish_handoff(handoff: HandOff, *, by: User | None, at: datetime, name: str = "") -> None:
    """The department did it; an order has left the house.

    :raises IllegalMove: unless it was accepted.
    """
    _answer(handoff, Answered.DONE, by=by, at=at)
    handoff.done_at = at
    handoff.save()
    if handoff.order is not None and handoff.order.shipped_at is None:
        orders.ship(handoff.order, by=by, at=at)
    _record("done", handoff, by=by, at=at, name=name)


@transaction.atomic
def withdraw_handoff(handoff: HandOff, *, by: User, at: datetime) -> None:
    """The desk does not need it any more."""
    _answer(handoff, Answered.WITHDRAWN, by=by, at=at)
    handoff.save()
    if handoff.order is not None:
        orders.take_back(handoff.order, "The desk withdrew it.", by=by, at=at)
    _back_to_desk(handoff, by=by, at=at)
    _record("withdrawn", handoff, by=by, at=at)


def _answer(handoff: HandOff, to: HandOff.Status, *, by: User | None, at: datetime) -> None:
    # The request first, as in its own steps: two that lock in turn would wait for each other.
    if handoff.request_id is not None:
        list(SalesRequest.objects.select_for_update().filter(pk=handoff.request_id).values("pk"))
    handoff.refresh_from_db(from_queryset=HandOff.objects.select_for_update())
    handoff.move(to)
    handoff.answered_by, handoff.answered_at = by, handoff.answered_at or at


def _requests(handoff: HandOff) -> list[SalesRequest]:
    """The open requests that wait for this: its own, or those of its order."""
    rows = SalesRequest.objects.select_for_update().exclude(status=Status.DONE)
    if handoff.request_id is not None:
        return list(rows.filter(pk=handoff.request_id))
    return list(rows.filter(order=handoff.order_id).order_by("pk"))


def _back_to_desk(handoff: HandOff, *, by: User | None, at: datetime) -> None:
    """To the desk, or to the department that was asked next and has not answered either."""
    for row in _requests(handoff):
        if row.party_department_id != handoff.department_id:
            continue
        asked = row.handoffs.filter(status=Answered.ASKED).select_related("department")
        other = asked.order_by("asked_at", "pk").first()
        if other is None:
            _pass(row, Party.DESK, by=by, at=at, user=row.holder)
        else:
            party = Party(other.department.party)
            _pass(row, party, by=by, at=at, department=other.department)


def _pass(row: SalesRequest, party: Party, *, by: User | None, at: datetime, **to: Any) -> None:
    custody.pass_on(row, party, by=by, at=custody.instant(row, at), **to)
    row.version += 1
    row.save()


def _record(verb: str, handoff: HandOff, *, by: User | None, at: datetime, **data: Any) -> None:
    about = handoff.request or handoff.order
    journal.record(
        f"desk.handoff.{verb}", handoff, by=by, at=at,
        account_id=about.account_id if about else None,
        data={**data, "order": handoff.order_id, "request": handoff.request_id},
    )  # fmt: skip
