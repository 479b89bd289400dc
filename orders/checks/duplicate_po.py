"""Was this purchase order entered before? A warning: customers do order twice on one PO."""

from collections.abc import Iterator

from orders.checks.case import Case, Finding, Fix
from orders.models import IssueKind, Order, Status

CODE = "duplicate_po"
TITLE = "PO not used twice"
ABOUT = "Was the same PO number entered before?"
SHOWN = 3


def look(case: Case) -> Iterator[Finding]:
    order = case.order
    if not order.po_number:
        return
    others = list(
        Order.objects.filter(account=order.account_id, po_number=order.po_number)
        .exclude(pk=order.pk)
        .exclude(status=Status.CANCELLED)
        .order_by("-pk")
        .values_list("number", flat=True)[:SHOWN]
    )
    if others:
        yield Finding(
            IssueKind.DUPLICATE_PO,
            f"PO {order.po_number} is on {', '.join(others)} already.",
            "It may be the same order sent twice. Compare before you confirm.",
            {"po": order.po_number, "others": ", ".join(others)},
            blocks=False,
            fixes=(Fix("clear_po", "Remove the PO number"),),
        )
