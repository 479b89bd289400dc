"""What leaves the house: all at once or in parts, with carrier and number; and its arrival."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from comms import services as comms
from journal import services as journal
from orders.checks.case import CheckedLine, plain
from orders.models import IllegalMove, Order, Shipment, ShipmentLine, Status
from orders.queries.lines import checked_lines
from orders.queries.prices import portal_day
from orders.services import closing, drafts, stock
from orders.services.errors import BadLine
from orders.services.holds import not_on_hold
from orders.services.sharing import share
from people.models import User

ON_THE_WAY: Final = (Status.HANDED_OFF, Status.SHIPPED)


@transaction.atomic
def ship_part(
    order: Order, *, quantities: Mapping[int, Decimal] | None, by: User | None, at: datetime,
    carrier: str = "", tracking_number: str = "",
) -> Shipment:  # fmt: skip
    """Send some of an order, or (None) all that is left of it. What was to come later is taken
    from stock now. Once everything left, the order is shipped.

    :param quantities: {line key: how much}; lines left out wait.
    :raises BadLine: for more of a line than is left, or for nothing at all.
    :raises Shortage: if something is not in stock; nothing is shipped.
    :raises IllegalMove: unless it is handed off.
    :raises OnHold: while it is on hold.
    """
    drafts.lock(order)
    not_on_hold(order)
    if order.status != Status.HANDED_OFF:
        order.move(Status.SHIPPED)
    lines = checked_lines(order, portal_day(at))
    chosen = _chosen(lines, quantities)
    shipment = Shipment.objects.create(
        number=f"SH-{drafts.next_number('orders_shipment_number')}", order=order,
        carrier=carrier.strip()[:60], tracking_number=tracking_number.strip()[:80],
        shipped_at=at, shipped_by=by,
    )  # fmt: skip
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=line.pk, quantity=quantity)
        for line, quantity in chosen
    )
    if order.warehouse_id is not None:
        # Reserve what is missing of just these quantities, then let exactly them go.
        wanted = [replace(line, quantity=q + line.shipped) for line, q in chosen]
        stock.reserve(order, wanted, by=by, at=at)
        stock.ship_lines(order, {line.pk: q for line, q in chosen}, by=by, at=at)
    else:
        for line, quantity in chosen:
            order.lines.filter(pk=line.pk).update(shipped=F("shipped") + quantity)
    left = sum(x.quantity - x.shipped for x in lines) - sum(q for _, q in chosen)
    _note(order, shipment, left, by=by, at=at)
    _tell_customer(order, shipment, chosen, left, by=by, at=at)
    return shipment


def _chosen(
    lines: list[CheckedLine], quantities: Mapping[int, Decimal] | None
) -> list[tuple[CheckedLine, Decimal]]:
    left = {line.pk: line.quantity - line.shipped for line in lines}
    wanted = left if quantities is None else quantities
    unknown = set(wanted) - set(left)
    if unknown:
        raise BadLine("A line of this shipment is not in the order.")
    chosen = [(line, wanted[line.pk]) for line in lines if wanted.get(line.pk)]
    for line, quantity in chosen:
        if not 0 < quantity <= left[line.pk]:
            raise BadLine(
                f"Line {line.position}: {plain(left[line.pk])} of {line.sku} are left to ship."
            )
    if not chosen:
        raise BadLine("Nothing is left to ship." if quantities is None else "Say how much leaves.")
    return chosen


def _note(
    order: Order, shipment: Shipment, left: Decimal | int, *, by: User | None, at: datetime
) -> None:
    data = {"shipment": shipment.number, "carrier": shipment.carrier,
            "tracking_number": shipment.tracking_number, "left": str(left)}  # fmt: skip
    if left:
        action = "orders.order.partly_shipped"
    else:
        action = "orders.order.shipped"
        order.move(Status.SHIPPED)
        order.shipped_at = at
        order.save(update_fields=["status", "shipped_at"])
    journal.record(action, order, by=by, at=at, account_id=order.account_id, data=data)


def settle(order: Order, *, by: User | None, at: datetime) -> None:
    """The rest was taken off: an order of which nothing is left to leave is shipped since its last
    shipment, and delivered if all of them have arrived. The caller holds its lock."""
    last = order.shipments.order_by("-shipped_at", "-pk").first()
    if last is None or order.lines.filter(shipped__lt=F("quantity")).exists():
        return
    if order.status == Status.CONFIRMED:
        order.move(Status.HANDED_OFF)  # logistics had sent the rest back
    order.shipped_at = last.shipped_at
    order.move(Status.SHIPPED)
    order.save(update_fields=["status", "shipped_at"])
    data = {"shipment": last.number, "left": "0"}
    journal.record(
        "orders.order.shipped", order, by=by, at=at, account_id=order.account_id, data=data
    )
    if not order.shipments.filter(delivered_at=None).exists():
        finish(order, by=by, at=at)


@transaction.atomic
def deliver_shipment(
    shipment: Shipment, *, by: User | None, at: datetime, received_by: str = ""
) -> None:
    """Proof of delivery; the order is delivered with its last shipment. Twice changes nothing."""
    order = shipment.order
    drafts.lock(order)
    not_on_hold(order)
    shipment.refresh_from_db()
    if shipment.delivered_at is not None:
        return
    shipment.delivered_at, shipment.received_by = at, received_by.strip()[:150]
    shipment.save(update_fields=["delivered_at", "received_by"])
    data = {"shipment": shipment.number, "received_by": shipment.received_by}
    journal.record(
        "orders.order.shipment_delivered", order, by=by, at=at, account_id=order.account_id,
        data=data,
    )  # fmt: skip
    _tell_arrival(order, shipment, at)
    open_ones = order.shipments.filter(delivered_at=None).exists()
    if order.status == Status.SHIPPED and not open_ones:
        finish(order, by=by, at=at)


@transaction.atomic
def deliver(order: Order, *, by: User | None, at: datetime) -> None:
    """The customer has all of it.

    :raises IllegalMove: unless it is shipped.
    """
    drafts.lock(order)
    not_on_hold(order)
    if order.status != Status.SHIPPED:
        order.move(Status.DELIVERED)
        raise IllegalMove(f"{order.number} is not shipped whole yet.")
    under_way = list(order.shipments.filter(delivered_at=None).order_by("pk"))
    order.shipments.filter(delivered_at=None).update(delivered_at=at)
    for shipment in under_way:
        _tell_arrival(order, shipment, at)
    finish(order, by=by, at=at)


def finish(order: Order, *, by: User | None, at: datetime) -> None:
    order.move(Status.DELIVERED)
    order.delivered_at = at
    order.save(update_fields=["status", "delivered_at"])
    journal.record("orders.order.delivered", order, by=by, at=at, account_id=order.account_id)
    closing.close_if_settled(order, by=by, at=at)


def _tell_customer(
    order: Order, shipment: Shipment, chosen: list[tuple[CheckedLine, Decimal]],
    left: Decimal | int, *, by: User | None, at: datetime,
) -> None:  # fmt: skip
    contact = order.contact
    if contact is None or not contact.email or contact.no_mail:
        return
    goods = "\n".join(f"- {plain(q)} of {line.name} ({line.sku})" for line, q in chosen)
    by_whom = f" with {shipment.carrier}" if shipment.carrier else ""
    number = f"\n\nTracking number: {shipment.tracking_number}" if shipment.tracking_number else ""
    rest = "\n\nThe rest follows; we write again when it leaves." if left else ""
    page = f"{settings.PORTAL_URL}{share(order, by=by, at=at)}"
    po = f", your PO {order.po_number}" if order.po_number else ""
    comms.owe_mail(
        key=f"shipment:{shipment.pk}:shipped", recipient=contact.email,
        recipient_name=contact.name, contact=contact, about=order, due_at=at, at=at,
        subject=f"On its way: {order.number}{po}",
        body=f"Dear {contact.name},\n\nthis left our warehouse today{by_whom}:\n\n{goods}"
             f"{number}{rest}\n\n[Where your order is]({page})",
    )  # fmt: skip


def _tell_arrival(order: Order, shipment: Shipment, at: datetime) -> None:
    contact = order.contact
    if contact is None or not contact.email or contact.no_mail:
        return
    signed = f"\n\nSigned for by: {shipment.received_by}" if shipment.received_by else ""
    comms.owe_mail(
        key=f"shipment:{shipment.pk}:delivered", recipient=contact.email,
        recipient_name=contact.name, contact=contact, about=order, due_at=at, at=at,
        subject=f"Delivered: {shipment.number} of {order.number}",
        body=f"Dear {contact.name},\n\nyour shipment {shipment.number} of {order.number} has "
             f"arrived.{signed}\n\nIf something is missing or damaged, please tell us.",
    )  # fmt: skip
