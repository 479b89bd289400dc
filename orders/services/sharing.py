"""The customer's link to the status page of an order."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from journal import services as journal
from orders.models import Order
from orders.models.quote import link_key
from orders.services import drafts
from people.models import User


@transaction.atomic
def share(order: Order, *, by: User | None, at: datetime) -> str:
    """The path of the customer's status page; a second time gives the same one."""
    drafts.lock(order)
    if not order.link_key:
        order.link_key = link_key()
        order.save(update_fields=["link_key"])
        journal.record("orders.order.shared", order, by=by, at=at, account_id=order.account_id)
    return reverse("orders:public_order", args=[order.pk, order.link_key])
