"""Was this purchase order entered before? A warning: customers do order twice on one PO."""

from collections.abc import Iterator
from typing import Final

from django.db import connection

from kit.markup import day, money
from orders.checks.case import Case, Finding, Fix
from orders.models import IssueKind, Order, Status

CODE = "duplicate_po"
TITLE = "PO not used twice"
ABOUT = "Was the same PO number entered before?"
SHOWN: Final = 3
# Two of one PO at the same time look one after the other, so that the second sees the first.
IN_TURN: Final = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"


def look(case: Case) -> Iterator[Finding]:
    order = case.order
    if not order.po_number:
        return
    with connection.cursor() as sql:
        sql.execute(IN_TURN, [order.account_id % 2**31, order.po_number])
    others = list(
        Order.objects.filter(account=order.account_id, po_number=order.po_number)
        .exclude(pk=order.pk)
        .exclude(status=Status.CANCELLED)
        .order_by("-pk")[:SHOWN]
    )
    if not others:
        return
    numbers = ", ".join(other.number for other in others)
    yield Finding(
        IssueKind.DUPLICATE_PO,
        f"PO {order.po_number} is on {numbers} already.",
        f"It may be the same order sent twice. {' '.join(_beside(other) for other in others)}",
        {"po": order.po_number, "others": numbers},
        blocks=False,
        fixes=(Fix("clear_po", "Remove the PO number"),),
    )


def _beside(other: Order) -> str:
    """The other order, to compare with at a glance."""
    state = Status(other.status).label.lower()
    return f"{other.number}: {day(other.placed_at)}, {money(other.net, other.currency)}, {state}."
