"""Words about an order, inside, to the customer, and from the customer."""

from datetime import datetime

from django.db import transaction

from comms import services as comms
from comms.models import Message, Visibility
from notices import services as notices
from orders.models import Order
from people.models import User


def talk(order: Order, *, body: str, to_customer: bool, by: User, at: datetime) -> Message:
    """Post on the order's conversation: internally, or to the customer.

    :raises comms.services.Unsendable: for a message that cannot be posted, or that nobody would get.
    """
    visibility = Visibility.CUSTOMER if to_customer else Visibility.INTERNAL
    return comms.say(order, body=body, visibility=visibility, by=by, at=at)


@transaction.atomic
def customer_asks(order: Order, *, name: str, text: str, at: datetime) -> None:
    """The customer wrote on the status page; whoever coordinates the order hears of it by mail."""
    thread = comms.thread_for(order, account_id=order.account_id, at=at)
    author = " ".join(name.split())[:150] or order.account.name
    message = comms.receive(thread, body=text, at=at, author_name=author, channel="page")
    person = order.coordinator or order.rep
    if person is not None:
        notices.tell(
            person, kind="customer_wrote", key=f"order-question:{message.pk}", about=order, at=at,
            subject=f"{author} asks about {order.number}", body=f"> {text.strip()[:2000]}",
            link=f"/orders/{order.pk}/",
        )  # fmt: skip
