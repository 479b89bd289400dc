"""The way of an order: confirm, hand off, ship, deliver; hold and cancel."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from crm.models import Account
from journal import services as journal
from orders.models import IssueKind, IssueState, Order, OrderIssue, OrderLine, Status, StockMove
from orders.queries.lines import checked_lines
from orders.queries.prices import portal_day
from orders.services import checking, drafts, quotes, stock
from orders.services.checking import Outcome
from orders.services.errors import Blocked, NoReason, OnHold, Shortage
from people.models import User


@transaction.atomic
def place(
    account: Account, *, lines: Sequence[drafts.LineData], by: User, at: datetime,
    check: bool, confirm: bool, **details: Any,
) -> tuple[Order, list[OrderIssue]]:  # fmt: skip
    """Create, check and confirm in one transaction; returns the order and its open issues.

    With blocking problems the order is kept as a draft and is not confirmed: its status says so.
    """
    order = drafts.create(
        account, lines=lines, by=by, at=at, **{"currency": "", "quote": None, **details}
    )
    if not (check or confirm):
        return order, []
    outcome = checking.run(order, by=by, at=at, fresh=True)
    if confirm and order.status == Status.CHECKED:
        _confirm(order, outcome, _in_time(outcome), by=by, at=at)
    else:
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
    _not_on_hold(order)
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
    _not_on_hold(order)
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
    order.move(Status.CONFIRMED)
    order.promised_on = None
    order.save(update_fields=["status", "promised_on"])
    _record("orders.order.handoff_rejected", order, by=by, at=at, reason=reason)


@transaction.atomic
def promise(order: Order, on: date, *, by: User | None, at: datetime) -> None:
    """Logistics promised a day."""
    drafts.lock(order)
    order.promised_on = on
    order.save(update_fields=["promised_on"])
    _record("orders.order.promised", order, by=by, at=at, on=on.isoformat())


@transaction.atomic
def ship(order: Order, *, by: User | None, at: datetime) -> None:
    """Everything left the house. What was to come later is taken from stock now.

    :raises Shortage: if something is still missing; nothing is shipped.
    :raises IllegalMove: unless it is handed off.
    """
    drafts.lock(order)
    _not_on_hold(order)
    order.move(Status.SHIPPED)
    if order.warehouse_id is not None:
        lines = checked_lines(order, portal_day(at))
        stock.reserve(order, lines, by=by, at=at)
        stock.let_go(order, StockMove.Kind.SHIP, by=by, at=at)
    order.shipped_at = at
    order.save(update_fields=["status", "shipped_at"])
    _record("orders.order.shipped", order, by=by, at=at)


@transaction.atomic
def deliver(order: Order, *, by: User | None, at: datetime) -> None:
    """The customer has it.

    :raises IllegalMove: unless it is shipped.
    """
    _move(order, Status.DELIVERED, "orders.order.delivered", by=by, at=at, stamp="delivered_at")


@transaction.atomic
def cancel(order: Order, reason: str = "", *, by: User | None, at: datetime) -> None:
    """Give its stock back and end it.

    :raises IllegalMove: once it is shipped.
    """
    drafts.lock(order)
    order.move(Status.CANCELLED)
    stock.let_go(order, StockMove.Kind.RELEASE, by=by, at=at)
    order.cancelled_at = at
    order.save(update_fields=["status", "cancelled_at"])
    _record("orders.order.cancelled", order, by=by, at=at, reason=reason)


@transaction.atomic
def hold(order: Order, *, reason: str, until: date | None, by: User, at: datetime) -> None:
    """Stop an order from going on until somebody releases it.

    :raises NoReason: without a reason.
    """
    if not reason.strip():
        raise NoReason("Say why it is on hold: people will wait for it.")
    drafts.lock(order)
    order.hold_reason, order.held_until = reason.strip()[:200], until
    order.held_at, order.held_by = at, by
    order.save(update_fields=["hold_reason", "held_until", "held_at", "held_by"])
    day = None if until is None else until.isoformat()
    _record("orders.order.held", order, by=by, at=at, reason=order.hold_reason, until=day)


@transaction.atomic
def release(order: Order, *, by: User, at: datetime) -> None:
    """Let an order on hold go on; nothing happens when it is not on hold."""
    drafts.lock(order)
    if not order.hold_reason:
        return
    order.hold_reason, order.held_until = "", None
    order.held_at, order.held_by = None, None
    order.save(update_fields=["hold_reason", "held_until", "held_at", "held_by"])
    _record("orders.order.released", order, by=by, at=at)


def _move(
    order: Order, to: Status, action: str, *, by: User | None, at: datetime, stamp: str
) -> None:
    drafts.lock(order)
    _not_on_hold(order)
    order.move(to)
    setattr(order, stamp, at)
    order.save(update_fields=["status", stamp])
    _record(action, order, by=by, at=at)


def _record(
    action: str, order: Order, *, by: User | None, at: datetime, **data: str | None
) -> None:
    journal.record(action, order, by=by, at=at, account_id=order.account_id, data=data)


def _not_on_hold(order: Order) -> None:
    if order.hold_reason:
        raise OnHold(f"{order.number} is on hold: {order.hold_reason} Release it first.")
