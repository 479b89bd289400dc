"""What people decide about mails: sent again, arrived after all, asked about now; ways out used again."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction

from comms import carriers
from comms.models import Delivery, Provider, Suppression
from journal import services as journal
from people.models import User

MOST: Final = 200
Status = Delivery.Status


class NotResendable(Exception):
    """Only failed, unknown and held back deliveries can be sent again; fit for people."""


@transaction.atomic
def send_again(delivery: Delivery, *, reason: str, by: User, at: datetime) -> None:
    """A person decided that it did not arrive.

    :raises NotResendable: for any other state, without a reason, or while its address is stopped.
    """
    delivery.refresh_from_db(from_queryset=Delivery.objects.select_for_update(of=("self",)))
    held_back = delivery.status == Status.CANCELLED and delivery.suppression_id is not None
    if delivery.status not in {Status.FAILED, Status.UNKNOWN} and not held_back:
        raise NotResendable(f"This mail is {Status(delivery.status).label.lower()}.")
    if not reason.strip():
        raise NotResendable("Say why it is sent again.")
    if Suppression.objects.standing().among({delivery.recipient.lower()}).exists():
        raise NotResendable(f"No mail goes to {delivery.recipient}. Lift that first.")
    delivery.status, delivery.due_at, delivery.put_off = Status.PENDING, at, 0
    delivery.suppression = None
    delivery.save(update_fields=["status", "due_at", "put_off", "suppression"])
    journal.record("comms.delivery.resent", delivery, by=by, at=at, data={"reason": reason[:300]})


def send_again_many(
    pks: Collection[int], *, reason: str, by: User, at: datetime
) -> tuple[int, list[str]]:
    """Each by itself; returns how many are sent again, and why others are not."""
    done, refused = 0, []
    for row in Delivery.objects.filter(pk__in=list(pks)[:MOST]).order_by("pk"):
        try:
            send_again(row, reason=reason, by=by, at=at)
            done += 1
        except NotResendable as refusal:
            refused.append(f"{row.recipient_name or row.recipient}: {refusal}")
    return done, refused


@transaction.atomic
def arrived(delivery: Delivery, *, reason: str, by: User, at: datetime) -> None:
    """Somebody knows that a mail of unknown fate arrived: it is never sent again.

    :raises NotResendable: for any other state, or without a reason.
    """
    delivery.refresh_from_db(from_queryset=Delivery.objects.select_for_update(of=("self",)))
    if delivery.status != Status.UNKNOWN:
        raise NotResendable(f"This mail is {Status(delivery.status).label.lower()}.")
    if not reason.strip():
        raise NotResendable("Say how you know.")
    delivery.status, delivery.sent_at, delivery.problem = Status.SENT, at, ""
    delivery.save(update_fields=["status", "sent_at", "problem"])
    data = {"how": "arrived", "reason": reason.strip()[:300]}
    journal.record("comms.delivery.settled", delivery, by=by, at=at, data=data)


def ask_log(delivery: Delivery, *, by: User, at: datetime) -> str:
    """Ask the relay's log about a mail of unknown fate; what it says is written down, and said in
    words. The log is asked outside of any transaction.

    :raises NotResendable: for any other state, or where there is no log.
    """
    if delivery.status != Status.UNKNOWN:
        raise NotResendable(f"This mail is {Status(delivery.status).label.lower()}.")
    if not carriers.log_of(delivery.provider):
        raise NotResendable("This way out keeps no log that can be asked. You decide.")
    taken = carriers.taken(delivery.provider, [delivery.message_id]).get(delivery.message_id)
    if taken is None:
        return "The log cannot say. You decide."
    with transaction.atomic():
        delivery.refresh_from_db(from_queryset=Delivery.objects.select_for_update(of=("self",)))
        if delivery.status != Status.UNKNOWN:
            raise NotResendable("Somebody was faster.")
        delivery.status = Status.SENT if taken else Status.FAILED
        delivery.sent_at = at if taken else None
        delivery.problem = "" if taken else "The relay's log says that it never came there."
        delivery.save(update_fields=["status", "sent_at", "problem"])
        data = {"how": "log", "taken": taken}
        journal.record("comms.delivery.settled", delivery, by=by, at=at, data=data)
    return "The log has it: it was sent." if taken else "The log does not have it. Send it again."


@transaction.atomic
def resume(provider: Provider, *, by: User, at: datetime) -> None:
    """Use a way out again at once; one that is not paused stays as it is."""
    provider.refresh_from_db(from_queryset=Provider.objects.select_for_update())
    if provider.paused_until is None or provider.paused_until <= at:
        return
    provider.paused_until, provider.pauses = at, max(provider.pauses, 1)
    provider.save(update_fields=["paused_until", "pauses"])
    journal.record("comms.provider.resumed", provider, by=by, at=at)
