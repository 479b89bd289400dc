"""Returns: asked for, expected, received, closed. What was our fault counts against accuracy."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Sum

from journal import services as journal
from kit.money import line_total
from orders.checks.case import plain
from orders.models import (
    IssueKind,
    IssueState,
    Order,
    OrderIssue,
    OrderLine,
    OrderReturn,
    ReturnLine,
    ReturnStatus,
)
from orders.services import drafts, stock
from orders.services.errors import BadLine, CannotFix, NoReason
from people.models import User

Reason = OrderReturn.Reason
# What a reason says about the order; a change of mind says nothing.
KINDS: Final[Mapping[str, IssueKind]] = {
    Reason.WRONG_ITEM: IssueKind.WRONG_ITEM,
    Reason.QUANTITY: IssueKind.QUANTITY,
    Reason.DAMAGED: IssueKind.DAMAGED,
    Reason.DEFECT: IssueKind.DEFECT,
    Reason.DATE: IssueKind.DATE,
}


@transaction.atomic
def ask(
    order: Order, *, quantities: Mapping[int, Decimal], reason: str, cause: str, by: User | None,
    at: datetime, note: str = "",
) -> OrderReturn:  # fmt: skip
    """The customer wants to send goods back.

    :param quantities: {line key: how much}.
    :raises BadLine: for more than was shipped and is not coming back already.
    :raises CannotFix: before anything was shipped.
    """
    drafts.lock(order)
    left = returnable(order)
    if not any(left.values()):
        raise CannotFix(f"Nothing of {order.number} left the house, or all of it comes back.")
    lines = {line.pk: line for line in order.lines.select_related("product")}
    chosen = {pk: q for pk, q in quantities.items() if q}
    for pk, quantity in chosen.items():
        if pk not in lines or not 0 < quantity <= left[pk]:
            most = f"{plain(left[pk])} of {lines[pk].product.sku}" if pk in lines else "None"
            raise BadLine(f"{most} can come back.")
    if not chosen:
        raise BadLine("Say what comes back, and how much.")
    net = sum((_net(lines[pk], q, order.currency) for pk, q in chosen.items()), Decimal(0))
    made = OrderReturn.objects.create(
        number=f"RMA-{drafts.next_number('orders_return_number')}", account_id=order.account_id,
        order=order, currency=order.currency, net=net, reason=reason, cause=cause,
        note=note.strip()[:400], asked_at=at,
    )  # fmt: skip
    ReturnLine.objects.bulk_create(
        ReturnLine(order_return=made, line=lines[pk], product_id=lines[pk].product_id,
                   quantity=q, unit_price=lines[pk].unit_price)
        for pk, q in sorted(chosen.items())
    )  # fmt: skip
    made.issue = _issue(made, by, at)
    made.save(update_fields=["issue"])
    _record("asked", made, by=by, at=at, reason=reason, cause=cause)
    return made


def returnable(order: Order) -> dict[int, Decimal]:
    """What of each line was shipped and is not in a return yet."""
    back = dict(
        ReturnLine.objects.filter(line__order=order)
        .exclude(order_return__status=ReturnStatus.REFUSED)
        .values_list("line")
        .annotate(total=Sum("quantity"))
    )
    rows = order.lines.values_list("pk", "shipped")
    return {pk: shipped - back.get(pk, Decimal(0)) for pk, shipped in rows}


def _net(line: OrderLine, quantity: Decimal, currency: str) -> Decimal:
    return line_total(quantity, line.unit_price, line.discount_percent, currency)


def _issue(made: OrderReturn, by: User | None, at: datetime) -> OrderIssue | None:
    """An error that came out late, on the line that it is about."""
    kind = KINDS.get(Reason(made.reason))
    if kind is None or made.order is None:
        return None
    first = made.lines.order_by("pk").first()
    issue = OrderIssue.objects.create(
        order=made.order, line_id=first.line_id if first else None, kind=kind, cause=made.cause,
        state=IssueState.REPORTED, found_at=at, resolved_by=by,
        message=f"{made.number}: {made.get_reason_display()}. {made.note}".strip()[:400],
    )  # fmt: skip
    journal.record(
        "orders.issue.reported", issue, by=by, at=at, account_id=made.account_id,
        data={"order": made.order.pk, "kind": str(kind), "cause": made.cause},
    )  # fmt: skip
    return issue


def _withdraw_issue(row: OrderReturn, *, by: User, at: datetime) -> None:
    """The journal keeps what was claimed; accuracy counts it no more."""
    issue = row.issue
    if issue is None:
        return
    journal.record(
        "orders.issue.withdrawn", issue, by=by, at=at, account_id=row.account_id,
        data={"order": issue.order_id, "kind": issue.kind, "cause": issue.cause},
    )  # fmt: skip
    row.issue = None
    row.save(update_fields=["issue"])
    issue.delete()


@transaction.atomic
def approve(row: OrderReturn, *, by: User, at: datetime) -> None:
    """The goods are expected back."""
    _lock(row)
    row.move(ReturnStatus.APPROVED)
    row.save(update_fields=["status"])
    _record("approved", row, by=by, at=at)


@transaction.atomic
def refuse(row: OrderReturn, *, reason: str, by: User, at: datetime) -> None:
    """The goods stay with the customer, and what she claimed counts against nobody.

    :raises NoReason: without a reason.
    """
    if not reason.strip():
        raise NoReason("Say why: the customer will ask.")
    _lock(row)
    row.move(ReturnStatus.REFUSED)
    row.closed_at = at
    row.save(update_fields=["status", "closed_at"])
    _withdraw_issue(row, by=by, at=at)
    _record("refused", row, by=by, at=at, reason=reason.strip()[:300])


@transaction.atomic
def receive(row: OrderReturn, *, restocked: Mapping[int, Decimal], by: User, at: datetime) -> None:
    """The goods are here; what can be sold again goes into stock.

    :param restocked: {return line key: how much}; the rest is scrap.
    :raises BadLine: for more than comes back, or a line of something else.
    :raises CannotFix: for sound goods of an order whose warehouse nobody knows.
    """
    _lock(row)
    row.move(ReturnStatus.RECEIVED)
    lines = list(row.lines.order_by("pk"))
    if set(restocked) - {line.pk for line in lines}:
        raise BadLine(f"A line of these is not in this return, {row.number}.")
    for line in lines:
        line.restocked = restocked.get(line.pk, Decimal(0))
        if not 0 <= line.restocked <= line.quantity:
            raise BadLine(f"At most {plain(line.quantity)} of it can go back into stock.")
    ReturnLine.objects.bulk_update(lines, ["restocked"])
    sound = [stock.Back(x.line_id, x.product_id, x.restocked) for x in lines if x.restocked]
    house = row.order.warehouse_id if row.order is not None else None
    if sound and house is None:
        raise CannotFix("Nobody knows its warehouse. Receive it without, then adjust the stock.")
    if sound and house is not None:
        stock.take_back(house, sound, by=by, at=at, reason=row.number)
    row.received_at = at
    row.save(update_fields=["status", "received_at"])
    _record("received", row, by=by, at=at)


@transaction.atomic
def close(row: OrderReturn, *, by: User, at: datetime) -> None:
    """Credited, or replaced: nothing is left to do."""
    _lock(row)
    row.move(ReturnStatus.CLOSED)
    row.closed_at = at
    row.save(update_fields=["status", "closed_at"])
    _record("closed", row, by=by, at=at)


def _lock(row: OrderReturn) -> None:
    row.refresh_from_db(from_queryset=OrderReturn.objects.select_for_update(of=("self",)))


def _record(word: str, row: OrderReturn, *, by: User | None, at: datetime, **data: str) -> None:
    told = {"order": row.order_id, "net": str(row.net), **data}
    journal.record(f"orders.return.{word}", row, by=by, at=at, account_id=row.account_id, data=told)
