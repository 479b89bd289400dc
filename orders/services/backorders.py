"""What came is given to the orders that wait for it, the oldest first."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from journal import services as journal
from orders.models import Order, OrderLine
from orders.queries.lines import checked_lines
from orders.queries.prices import portal_day
from orders.services import drafts, stock
from people.models import User


def fill_due(*, at: datetime, limit: int = 200) -> int:
    """Reserve for backordered lines whose product is free by now; returns for how many orders.

    Each order commits by itself; call again until 0.
    """
    waiting = (
        OrderLine.objects.filter(
            order__status__in=["confirmed", "handed_off"],
            reserved__lt=F("quantity") - F("shipped"),
            product__stock__warehouse=F("order__warehouse"),
            product__stock__on_hand__gt=F("product__stock__reserved"),
        )
        .exclude(order__source="import")
        .order_by("order__confirmed_at", "order_id")
        .values_list("order_id", flat=True)
    )
    return sum(_fill(pk, at) for pk in list(dict.fromkeys(waiting[:limit])))


@transaction.atomic
def fill(order: Order, *, by: User | None, at: datetime) -> bool:
    """Reserve what is free for an order's backordered lines; False when nothing was."""
    drafts.lock(order)
    lines = checked_lines(order, portal_day(at))
    owed = sum(x.quantity - x.reserved - x.shipped for x in lines)
    left = stock.reserve(order, lines, by=by, at=at, partly={x.pk for x in lines})
    if left == owed:
        return False
    order.lines.filter(reserved=F("quantity") - F("shipped")).update(expected_on=None)
    journal.record(
        "orders.order.backorder_filled", order, by=by, at=at, account_id=order.account_id,
        data={"reserved": str(owed - left), "left": str(left)},
    )  # fmt: skip
    return True


def _fill(pk: int, at: datetime) -> bool:
    return fill(Order.objects.get(pk=pk), by=None, at=at)
