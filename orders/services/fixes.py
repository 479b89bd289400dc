"""Fixes in place: what a button beside a problem does. The arguments come from the kept finding,
never from the person who clicks."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction

from orders.models import Order, OrderIssue, OrderLine
from orders.services import approvals, checking, drafts
from orders.services.errors import CannotFix
from people.models import User

Args = Mapping[str, str]
Verb = Callable[[OrderIssue, Args, User, datetime], None]


@transaction.atomic
def apply(issue: OrderIssue, code: str, *, by: User, at: datetime) -> None:
    """Apply one of the fixes that the finding offers, then look again.

    :raises CannotFix: if the problem is settled, or the fix is not one of its own.
    """
    order = issue.order
    drafts.lock_for_edit(order)
    checking.reread(issue)
    offered = {fix["code"]: fix for fix in issue.data.get("fixes", [])}
    if code not in offered or code not in VERBS:
        raise CannotFix("That does not help here. Look at the order again.")
    VERBS[code](issue, offered[code]["args"], by, at)
    drafts.lock(order)
    checking.run(order, by=by, at=at)
    order.save(update_fields=checking.WRITTEN)


def _line(issue: OrderIssue) -> OrderLine:
    if issue.line is None:
        raise CannotFix("The line is gone. Check the order again.")
    return issue.line


def _set_quantity(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:
    drafts.change_line(_line(issue), quantity=Decimal(args["quantity"]), by=by, at=at)


def _remove_line(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:  # noqa: ARG001
    drafts.remove_line(_line(issue), by=by, at=at)


def _split(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:
    """What is free stays; the rest goes to a draft of its own, wanted when it is there."""
    line, order, keep = _line(issue), issue.order, Decimal(args["quantity"])
    rest = {
        "product_id": line.product_id, "quantity": line.quantity - keep,
        "unit_price": line.unit_price, "discount_percent": line.discount_percent,
        "price_source": line.price_source, "price_why": line.price_why,
        "quote_line": line.quote_line_id,
    }  # fmt: skip
    later = date.fromisoformat(args["on"]) if "on" in args else None
    other = drafts.create_draft(
        order.account, lines=[rest], by=by, at=at, contact=order.contact, rep=order.rep,
        team=order.team, wanted_on=later, currency=order.currency,
    )  # fmt: skip
    drafts.set_details(
        other, by=by, at=at, **{n: getattr(order, n) for n in drafts.DETAILS if n[:4] == "ship"}
    )
    drafts.change_line(line, quantity=keep, by=by, at=at)


def _set_wanted(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:
    drafts.set_details(issue.order, wanted_on=date.fromisoformat(args["on"]), by=by, at=at)


def _clear_wanted(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:  # noqa: ARG001
    drafts.set_details(issue.order, wanted_on=None, by=by, at=at)


def _clear_po(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:  # noqa: ARG001
    drafts.set_details(issue.order, po_number="", by=by, at=at)


def _use_list_price(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:  # noqa: ARG001
    drafts.use_list_price(_line(issue), by=by, at=at)


def _ship_to_account(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:  # noqa: ARG001
    order: Order = issue.order
    drafts.set_details(order, **drafts.ship_to(order.account), by=by, at=at)


def _clear_terms(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:  # noqa: ARG001
    drafts.set_details(issue.order, payment_terms="", by=by, at=at)


def _substitute(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:
    """The product that replaces it, as many, at its own price."""
    line = _line(issue)
    quantity, product = line.quantity, int(args["product"])
    drafts.remove_line(line, by=by, at=at)
    drafts.add_line(issue.order, product=product, quantity=quantity, by=by, at=at)


def _as_quoted(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:  # noqa: ARG001
    line = _line(issue)
    quoted = line.quote_line
    if quoted is None:
        raise CannotFix("The quote's line is gone. Look at the order again.")
    drafts.change_line(
        line, quantity=min(line.quantity, quoted.quantity), unit_price=quoted.unit_price,
        discount_percent=quoted.discount_percent, by=by, at=at,
    )  # fmt: skip


def _ask_approval(issue: OrderIssue, args: Args, by: User, at: datetime) -> None:  # noqa: ARG001
    approvals.ask_for_order(issue.order, by=by, at=at)


VERBS: Final[Mapping[str, Verb]] = {
    "set_quantity": _set_quantity,
    "remove_line": _remove_line,
    "split": _split,
    "set_wanted": _set_wanted,
    "clear_wanted": _clear_wanted,
    "clear_po": _clear_po,
    "use_list_price": _use_list_price,
    "ship_to_account": _ship_to_account,
    "clear_terms": _clear_terms,
    "substitute": _substitute,
    "as_quoted": _as_quoted,
    "ask_approval": _ask_approval,
}
