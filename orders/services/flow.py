"""The way of an order: confirm, hand off, ship, deliver; hold and cancel."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from crm.models import Account
from journal import services as journal
from orders.models import (
    IllegalMove,
    IssueKind,
    IssueState,
    Order,
    OrderIssue,
    OrderLine,
    Status,
    StockMove,
)
from orders.services import approvals, checking, drafts, quotes, shipments, stock
from orders.services.checking import Outcome
from orders.services.errors import Blocked, CannotFix, Shortage
from orders.services.holds import not_on_hold
from people.models import User


@transaction.atomic
def place(
    account: Account, *, lines: Sequence[drafts.LineData], by: User, at: datetime,
    check: bool, confirm: bool, **details: Any,
) -> tuple[Order, list[OrderIssue]]:  # fmt: skip
    """Create, check and confirm in one transaction; returns the order and its open issues.

    With blocking problems the order is kept as a draft and is not confirmed: its status says so.
    """
    draft = drafts.write_draft(
        account, lines=lines, by=by, at=at, **{"currency": "", "quote": None, **details}
    )
    order = draft.order
    if not (check or confirm):
        return order, []
    outcome = checking.run(order, by=by, at=at, fresh=draft.lines)
    if not (confirm and order.status == Status.CHECKED):
        order.save(update_fields=checking.WRITTEN)
        return order, outcome.issues
    try:
        with transaction.atomic():
            _confirm(order, outcome, _in_time(outcome), by=by, at=at)
    except Shortage:  # somebody was faster between the check and the reservation
        order.refresh_from_db()
        outcome = checking.run(order, by=by, at=at)
        order.save(update_fields=checking.WRITTEN)
    return order, outcome.issues


@transaction.atomic
def confirm(order: Order, *, by: User | None, at: datetime) -> None:
    """Check once more, reserve the stock of all lines and confirm.

    :raises Shortage: if stock is missing; nothing is reserved.
    :raises Blocked: if another check found a problem.
    :raises OnHold: while the order is on hold.
    :raises IllegalMove: if the order is not a checked draft.
    """
    drafts.lock(order)
    not_on_hold(order)
    if order.status not in drafts.EDITABLE:
        order.move(Status.CONFIRMED)
    outcome = checking.run(order, by=by, at=at)
    blocking = [issue for issue in outcome.issues if issue.blocks]
    if blocking:
        short = all(issue.kind == IssueKind.AVAILABILITY for issue in blocking)
        problem = Shortage if short else Blocked
        raise problem(order.number, [issue.message for issue in blocking])
    _confirm(order, outcome, _in_time(outcome) | _overridden(order), by=by, at=at)


def _confirm(
    order: Order, outcome: Outcome, partly: set[int], *, by: User | None, at: datetime
) -> None:
    """Lines in `partly` may be held in part: the rest comes in time, or somebody agreed to wait."""
    not_on_hold(order)
    order.move(Status.CONFIRMED)
    order.confirmed_at = at
    order.save(update_fields=[*checking.WRITTEN, "confirmed_at"])
    owed = stock.reserve(order, outcome.lines, by=by, at=at, partly=partly)
    if owed:
        _promise_the_rest(outcome, partly)
    if order.quote is not None:
        quotes.win(order.quote, by=by, at=at, order=order.number)
    journal.record(
        "orders.order.confirmed", order, by=by, at=at, account_id=order.account_id,
        data={"net": str(order.net), "quote": order.quote_id, "backordered": str(owed)},
    )  # fmt: skip


def _promise_the_rest(outcome: Outcome, partly: set[int]) -> None:
    """What could not be reserved is backordered: until it comes, or, reordered, with its lead time."""
    late = [x for x in outcome.lines if x.pk in partly]
    for line in late:
        OrderLine.objects.filter(pk=line.pk).update(expected_on=outcome.answers[line.pk].on)


def _in_time(outcome: Outcome) -> set[int]:
    return {
        issue.line_id
        for issue in outcome.issues
        if issue.kind == IssueKind.AVAILABILITY and not issue.blocks and issue.line_id is not None
    }


def _overridden(order: Order) -> set[int]:
    rows = order.issues.filter(
        state=IssueState.OVERRIDDEN, kind=IssueKind.AVAILABILITY, line__isnull=False
    )
    return set(rows.values_list("line_id", flat=True))


@transaction.atomic
def hand_off(order: Order, *, by: User | None, at: datetime) -> None:
    """Logistics was asked to ship.

    :raises OnHold: while the order is on hold.
    :raises IllegalMove: unless it is confirmed.
    """
    _move(order, Status.HANDED_OFF, "orders.order.handed_off", by=by, at=at, stamp="handed_off_at")


@transaction.atomic
def take_back(order: Order, reason: str = "", *, by: User | None, at: datetime) -> None:
    """Logistics said no: the order is confirmed again, its stock stays reserved.

    :raises IllegalMove: unless it is handed off.
    """
    drafts.lock(order)
    if order.status != Status.HANDED_OFF:
        raise IllegalMove(f"{order.number} is not with logistics; nobody can send it back.")
    order.move(Status.CONFIRMED)
    order.promised_on = None
    order.save(update_fields=["status", "promised_on"])
    _record("orders.order.handoff_rejected", order, by=by, at=at, reason=reason)


@transaction.atomic
def promise(order: Order, on: date, *, by: User | None, at: datetime, reason: str = "") -> None:
    """A day was promised, or moved: the customer's page shows both, and why."""
    drafts.lock(order)
    before, order.promised_on = order.promised_on, on
    order.save(update_fields=["promised_on"])
    was = None if before is None else before.isoformat()
    data = {"on": on.isoformat(), "was": was, "reason": reason.strip()[:300]}
    _record("orders.order.promised", order, by=by, at=at, **data)


def ship(order: Order, *, by: User | None, at: datetime) -> None:
    """Everything that is left leaves the house. What was to come later is taken from stock now.

    :raises Shortage: if something is still missing; nothing is shipped.
    :raises IllegalMove: unless it is handed off.
    """
    shipments.ship_part(order, quantities=None, by=by, at=at)


@transaction.atomic
def cancel(order: Order, reason: str = "", *, by: User | None, at: datetime) -> None:
    """Give its stock back and end it.

    :raises IllegalMove: once it is shipped.
    """
    drafts.lock(order)
    if order.lines.filter(shipped__gt=0).exists():
        raise CannotFix(
            f"Some of {order.number} left the house. Take the rest off, or ask for it back."
        )
    order.move(Status.CANCELLED)
    approvals.void_waiting(order=order)
    stock.let_go(order, StockMove.Kind.RELEASE, by=by, at=at)
    order.cancelled_at = at
    order.save(update_fields=["status", "cancelled_at"])
    _record("orders.order.cancelled", order, by=by, at=at, reason=reason)


def _move(
    order: Order, to: Status, action: str, *, by: User | None, at: datetime, stamp: str
) -> None:
    drafts.lock(order)
    not_on_hold(order)
    order.move(to)
    setattr(order, stamp, at)
    order.save(update_fields=["status", stamp])
    _record(action, order, by=by, at=at)


def _record(
    action: str, order: Order, *, by: User | None, at: datetime, **data: str | None
) -> None:
    journal.record(action, order, by=by, at=at, account_id=order.account_id, data=data)
