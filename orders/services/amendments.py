"""Changes of a confirmed order: proposed as a whole, checked, released again if a rule asks for it,
and applied to lines and stock in one transaction."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, Sum

from journal import services as journal
from orders.checks import approval as rule_check
from orders.checks.case import Case, CheckedLine
from orders.models import (
    Amendment,
    IllegalMove,
    IssueKind,
    IssueState,
    Order,
    OrderIssue,
    Status,
    StockMove,
)
from orders.queries.hashes import order_hash
from orders.queries.lines import checked_lines
from orders.queries.prices import portal_day
from orders.services import approvals, checking, drafts, shipments, stock
from orders.services.errors import BadLine, CannotFix, NoReason, UnknownProduct
from people.models import User

OPEN: Final = (Status.CONFIRMED, Status.HANDED_OFF)
ERRORS: Final = {Amendment.Cause.COORDINATOR: "coordinator", Amendment.Cause.REP: "rep"}
Change = Mapping[str, Any]


@transaction.atomic
def propose(
    order: Order, *, changes: Sequence[Change], reason: str, cause: str, by: User, at: datetime
) -> Amendment:
    """Change a confirmed order; applied at once unless a rule asks for a release first.

    `changes`: {"line": key, "quantity": ...} ("0" takes it off), {"line": key, "unit_price": ...,
    "discount_percent": ...} or {"sku": ..., "quantity": ...} for a new line.

    :raises IllegalMove: unless it is confirmed or handed off.
    :raises BadLine: for a change that no line can have, or less than was shipped.
    :raises CannotFix: while another change waits for its release.
    :raises Shortage: if there is not enough stock.
    """
    if not reason.strip():
        raise NoReason("Say why it changes: logistics and the customer will ask.")
    drafts.lock(order)
    if order.status not in OPEN:
        raise IllegalMove(f"{order.number} is {order.get_status_display().lower()}; it stands.")
    if order.amendments.filter(status=Amendment.Status.WAITING).exists():
        raise CannotFix("Another change of this order waits for its release.")
    wanted = [_clean(order, change) for change in changes]
    if not wanted:
        raise BadLine("Change at least one line.")
    number = 1 + (order.amendments.aggregate(last=Max("number"))["last"] or 0)
    made = Amendment.objects.create(
        order=order, number=number, cause=cause, reason=reason.strip()[:300], changes=wanted,
        before=_snapshot(order), content_hash=_hash(order, wanted), by=by, at=at,
    )  # fmt: skip
    _record("proposed", made, by=by, at=at)
    found = _needed(order, wanted, at)
    if found:
        net = _net_after(order, wanted)
        question = approvals.Question(
            {"amendment": made}, made.content_hash, net, found, order.account_id
        )
        approvals.ask(question, by=by, at=at)
    else:
        _apply(made, by=by, at=at)
    return made


def decided(amendment: Amendment, *, approve: bool, by: User | None, at: datetime) -> None:
    """What the approver said; the caller holds the order's lock."""
    if approve:
        _apply(amendment, by=by, at=at, released=True)
    else:
        amendment.status = Amendment.Status.REFUSED
        amendment.save(update_fields=["status"])
        _record("refused", amendment, by=by, at=at)


def _apply(amendment: Amendment, *, by: User | None, at: datetime, released: bool = False) -> None:
    order = amendment.order
    if order.status not in OPEN:
        raise CannotFix(f"{order.number} is {order.get_status_display().lower()}; it stands.")
    for change in amendment.changes:
        _clean(order, change)  # something may have left the house while it waited
    stock.let_go(order, StockMove.Kind.RELEASE, by=by, at=at)
    for change in amendment.changes:
        _change_line(order, change, at)
    lines = checked_lines(order, portal_day(at))
    if not lines:
        raise BadLine("Nothing would be left. Cancel the order instead.")
    order.net = order.lines.aggregate(net=Sum("net"))["net"] or Decimal(0)
    order.version += 1
    order.save(update_fields=["net", "version"])
    if released or order.approval_needed:
        # The release was for exactly these changes of exactly those lines.
        order.approval_needed = True
        order.save(update_fields=["approval_needed"])
        order.approved_hash = order_hash(order.pk)
        order.save(update_fields=["approved_hash"])
    patient = {x.pk for x in lines if x.expected_on is not None}
    stock.reserve(order, lines, by=by, at=at, partly=patient)
    amendment.status, amendment.applied_at = Amendment.Status.APPLIED, at
    amendment.after = _snapshot(order)
    amendment.save(update_fields=["status", "applied_at", "after"])
    _record("applied", amendment, by=by, at=at)
    _count_against(amendment, at, by)
    shipments.settle(order, by=by, at=at)


def _change_line(order: Order, change: Change, at: datetime) -> None:
    quantity = None if change.get("quantity") is None else Decimal(change["quantity"])
    if change.get("line") is None:
        line = drafts.draft_lines(order, [dict(change)], at)[0]
        line.position = 1 + (order.lines.aggregate(last=Max("position"))["last"] or 0)
        line.save(force_insert=True)
        return
    line = order.lines.get(pk=change["line"])
    if quantity == 0:
        line.issues.update(line=None)
        line.delete()
        return
    for name in ("unit_price", "discount_percent"):
        if change.get(name) is not None:
            setattr(line, name, Decimal(change[name]))
    if quantity:
        line.quantity = quantity
    drafts.price_line(line, order.currency)
    line.save(update_fields=drafts.PRICED_FIELDS)


def _clean(order: Order, change: Change) -> dict[str, Any]:
    """One change with exact texts for numbers.

    :raises BadLine: in words for whoever typed it.
    """
    told = {k: v for k, v in change.items() if v not in (None, "")}
    numbers = {n: _decimal(told[n], n) for n in NUMBERS if n in told}
    quantity = numbers.get("quantity")
    if told.get("line") is None:
        if not told.get("sku") or not quantity:
            raise BadLine("A new line needs a SKU and a quantity above 0.")
        drafts.draft_lines(order, [{"sku": told["sku"], "quantity": quantity}], order.placed_at)
        return {"line": None, "sku": str(told["sku"])[:60], **_texts(numbers)}
    line = order.lines.filter(pk=told["line"]).first()
    if line is None:
        raise UnknownProduct("A line of these changes is not in this order.")
    if quantity is not None and quantity < line.shipped:
        raise BadLine(
            f"{line.shipped.normalize():f} of line {line.position} left the house already."
        )
    return {"line": line.pk, **_texts(numbers)}


NUMBERS: Final = ("quantity", "unit_price", "discount_percent")


def _decimal(value: Any, name: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as bad:
        raise BadLine(f"{value} is no number.") from bad
    most = Decimal(100) if name == "discount_percent" else drafts.LARGEST
    if not number.is_finite() or number < 0 or number > most:
        raise BadLine(f"{value} is out of range.")
    return number


def _texts(numbers: Mapping[Any, Decimal]) -> dict[str, str]:
    return {name: f"{value:f}" for name, value in numbers.items()}


def _needed(order: Order, changes: Sequence[Change], at: datetime) -> list[Any]:
    """What the rules say about the order as it would become."""
    case, _ = checking.look_at(order, at)
    needed_before = order.approval_needed
    found = rule_check.needed(replace(case, lines=_lines_after(case, changes)))
    order.approval_needed = needed_before
    return found


def _lines_after(case: Case, changes: Sequence[Change]) -> list[CheckedLine]:
    """The known lines with their changes; new lines come at the list price and add nothing to it."""
    by_line = {c["line"]: c for c in changes if c.get("line") is not None}
    after = []
    for line in case.lines:
        change = by_line.get(line.pk, {})
        told: dict[str, Any] = {n: Decimal(change[n]) for n in NUMBERS if n in change}
        if told.get("quantity") != 0:
            after.append(replace(line, **told) if told else line)
    return after


def _net_after(order: Order, changes: Sequence[Change]) -> Decimal:
    by_line = {c["line"]: c for c in changes if c.get("line") is not None}
    total = Decimal(0)
    for line in order.lines.all():
        change = by_line.get(line.pk, {})
        for name in NUMBERS:
            if name in change:
                setattr(line, name, Decimal(change[name]))
        if line.quantity > 0:
            drafts.price_line(line, order.currency)
            total += line.net
    return total


def _snapshot(order: Order) -> list[dict[str, str | int]]:
    rows = order.lines.order_by("position").values_list(
        "position", "product__sku", "quantity", "unit_price", "discount_percent", "net"
    )
    return [
        {
            "position": position, "sku": sku, "quantity": f"{quantity.normalize():f}",
            "unit_price": f"{price.normalize():f}", "discount_percent": f"{off.normalize():f}",
            "net": f"{net:.2f}",
        }
        for position, sku, quantity, price, off, net in rows
    ]  # fmt: skip


def _hash(order: Order, changes: Sequence[Change]) -> str:
    told = json.dumps([order.pk, order.version, list(changes)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _count_against(amendment: Amendment, at: datetime, by: User | None) -> None:
    """A change that is our fault, after hand-off, is an error that came out late."""
    cause = ERRORS.get(Amendment.Cause(amendment.cause))
    if cause is None or amendment.order.handed_off_at is None:
        return
    issue = OrderIssue.objects.create(
        order=amendment.order, kind=IssueKind.QUANTITY, cause=cause, state=IssueState.REPORTED,
        message=amendment.reason, found_at=at, resolved_by=by,
    )  # fmt: skip
    journal.record(
        "orders.issue.reported", issue, by=by, at=at, account_id=amendment.order.account_id,
        data={"order": amendment.order_id, "kind": str(issue.kind), "cause": cause},
    )  # fmt: skip


def _record(word: str, amendment: Amendment, *, by: User | None, at: datetime) -> None:
    journal.record(
        f"orders.order.amendment_{word}", amendment.order, by=by, at=at,
        account_id=amendment.order.account_id,
        data={"amendment": amendment.number, "cause": amendment.cause, "reason": amendment.reason},
    )  # fmt: skip
