"""“What happens next”: to the customer's contact, with the day that logistics promise.

As soon as they promise; if they take longer than half a business day, without a day.
"""

from datetime import datetime, timedelta

from followups.models import FollowUp
from followups.rules.base import Due, Rule
from journal.models import Entry
from orders.models import Order, Status
from people import calendars

PATIENCE = timedelta(hours=4)
PROMISED = "orders.order.promised"
GONE = {Status.DRAFT, Status.CHECKED, Status.CANCELLED}


def _plan(entry: Entry) -> list[Due]:
    order = (
        Order.objects.select_related("contact", "account", "team__calendar")
        .filter(pk=entry.subject_id)
        .first()
    )
    if order is None or order.handed_off_at is None:
        return []
    contact = order.contact or order.account.contacts.active().order_by("pk").first()
    if contact is None or not contact.email:
        return []
    return [
        Due(
            subject=order, account_id=order.account_id, occasion=_occasion(order, entry.action),
            recipient=contact.email, recipient_name=contact.name, contact=contact,
            due_at=entry.at if entry.action == PROMISED else _patient(order, entry.at),
            reason=f"{order.number} was handed to logistics",
        )
    ]  # fmt: skip


def _occasion(order: Order, action: str) -> str:
    """One per hand-off and kind: a second promise for the same hand-off says nothing new here."""
    handed_off_at = order.handed_off_at.isoformat() if order.handed_off_at else ""
    return f"{'promised' if action == PROMISED else 'handed_off'}:{handed_off_at}"


def _patient(order: Order, at: datetime) -> datetime:
    if order.team is None:
        return at + PATIENCE
    return calendars.for_team(order.team).add(at, round(PATIENCE.total_seconds()))


def _stop(followup: FollowUp) -> str:
    order = Order.objects.filter(pk=followup.subject_id).first()
    if order is None or order.status in GONE:
        return "The order was cancelled."
    if order.status == Status.CONFIRMED:
        return "Logistics sent the order back to the desk."
    if followup.occasion.startswith("handed_off:") and order.promised_on is not None:
        return "The customer hears the promised day instead."
    if followup.contact is not None and followup.contact.no_mail:
        return f"{followup.contact} asked not to be mailed."
    return ""


def _write(followup: FollowUp) -> tuple[str, str]:
    order = Order.objects.get(pk=followup.subject_id)
    when = (
        f" They promise to ship it on **{order.promised_on:%A %d %B %Y}**."
        if order.promised_on
        else ""
    )
    po = f" (your PO {order.po_number})" if order.po_number else ""
    body = (
        f"Hello {followup.recipient_name},\n\nyour order **{order.number}**{po} is confirmed and with our "
        f"logistics now.{when}\n\nYou hear from us again when it leaves the house."
    )
    return f"{order.number}: what happens next", body


ORDER_HANDED_OFF = Rule(
    "order_handed_off", "Order handed off: what happens next",
    frozenset({"orders.order.handed_off", PROMISED}), _plan, _stop, _write,
)  # fmt: skip
