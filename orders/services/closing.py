"""The end of an order: delivered, all of it invoiced, every invoice paid or credited."""

from datetime import datetime
from typing import Final

from journal import services as journal
from orders.models import Invoice, Order, Status
from orders.queries.billing import uninvoiced
from people.models import User

SETTLED: Final = (Invoice.Status.PAID, Invoice.Status.CREDITED)


def close_if_settled(order: Order, *, by: User | None, at: datetime) -> None:
    """Close it when nothing is left to do, whichever came last: the goods, the paper or the money.
    The caller holds the order's lock."""
    if order.status != Status.DELIVERED:
        return
    states = set(order.invoices.filter(kind=Invoice.Kind.INVOICE).values_list("status", flat=True))
    if not states or states - set(SETTLED) or uninvoiced(order):
        return
    order.move(Status.CLOSED)
    order.save(update_fields=["status"])
    journal.record("orders.order.closed", order, by=by, at=at, account_id=order.account_id)
