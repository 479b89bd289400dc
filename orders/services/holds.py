"""Hold and release: why, by whom, until when."""

from datetime import date, datetime

from django.db import transaction

from journal import services as journal
from orders.models import Order
from orders.services import drafts
from orders.services.errors import NoReason, OnHold
from people.models import User


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
    journal.record(
        "orders.order.held", order, by=by, at=at, account_id=order.account_id,
        data={"reason": order.hold_reason, "until": day},
    )  # fmt: skip


@transaction.atomic
def release(order: Order, *, by: User, at: datetime) -> None:
    """Let an order on hold go on; nothing happens when it is not on hold. It does not come back by
    itself: only another hold stops it again."""
    drafts.lock(order)
    if not order.hold_reason:
        return
    order.hold_reason, order.held_until = "", None
    order.held_at, order.held_by = None, None
    order.save(update_fields=["hold_reason", "held_until", "held_at", "held_by"])
    journal.record("orders.order.released", order, by=by, at=at, account_id=order.account_id)


def not_on_hold(order: Order) -> None:
    """:raises OnHold: in words for whoever tries to go on."""
    if order.hold_reason:
        raise OnHold(f"{order.number} is on hold: {order.hold_reason} Release it first.")
