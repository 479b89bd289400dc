"""What came back, and who gets no mail any more."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from comms.models import Delivery, Suppression
from comms.services.refusals import NotLiftable
from crm.models import Contact
from journal import services as journal
from people.models import User

SPEAKS = 500
# Of what machines report the gravest stands, in whatever order they come; a person's word stays.
GRAVITY = {
    Suppression.Reason.UNSUBSCRIBED.value: 1,
    Suppression.Reason.BOUNCE.value: 2,
    Suppression.Reason.COMPLAINT.value: 3,
}


@transaction.atomic
def bounced(delivery: Delivery, *, hard: bool, why: str, at: datetime) -> None:
    """A mail came back. For good: no mail goes to its address any more, and who sent it is told.

    The same report twice changes nothing.
    """
    kind = Delivery.Bounce.HARD if hard else Delivery.Bounce.SOFT
    _came_back(delivery, kind, why, at)


@transaction.atomic
def complained(delivery: Delivery, *, why: str, at: datetime) -> None:
    """The reader reported a mail as unwanted: she gets none any more."""
    _came_back(delivery, Delivery.Bounce.COMPLAINT, why, at)


def _came_back(delivery: Delivery, kind: Delivery.Bounce, why: str, at: datetime) -> None:
    delivery.refresh_from_db(from_queryset=Delivery.objects.select_for_update())
    if delivery.bounce in {kind, Delivery.Bounce.COMPLAINT} or (
        delivery.bounce == Delivery.Bounce.HARD and kind == Delivery.Bounce.SOFT
    ):
        return
    delivery.bounce, delivery.bounced_at = kind, at
    delivery.save(update_fields=["bounce", "bounced_at"])
    account = delivery.contact.account_id if delivery.contact else None
    journal.record(
        "comms.delivery.bounced", delivery, by=None, at=at, account_id=account,
        data={"kind": kind, "why": why[:SPEAKS], "contact": delivery.contact_id},
    )  # fmt: skip
    if kind == Delivery.Bounce.SOFT:
        return
    reason = Suppression.Reason.BOUNCE
    if kind == Delivery.Bounce.COMPLAINT:
        reason = Suppression.Reason.COMPLAINT
    suppress(delivery.recipient, reason=reason, why=why, delivery=delivery, by=None, at=at)
    _tell(delivery, kind, why, at)


@transaction.atomic
def suppress(
    address: str, *, reason: str, why: str, by: User | None, at: datetime,
    delivery: Delivery | None = None,
) -> Suppression:  # fmt: skip
    """Send nothing to an address any more; what waits for it is cancelled. Twice is once."""
    row, made = Suppression.objects.standing().among({address.lower()}).get_or_create(
        defaults={"address": address, "reason": reason, "why": why[:SPEAKS], "delivery": delivery,
                  "since": at, "set_by": by},
    )  # fmt: skip
    if made:
        contact = delivery.contact if delivery is not None else None
        journal.record(
            "comms.suppression.set", row, by=by, at=at, data={"reason": reason},
            account_id=contact.account_id if contact else None,
        )  # fmt: skip
    elif GRAVITY.get(reason, 0) > GRAVITY.get(row.reason, len(GRAVITY)):
        row.reason, row.why, row.delivery = reason, why[:SPEAKS], delivery
        row.save(update_fields=["reason", "why", "delivery"])
    return row


@transaction.atomic
def lift(row: Suppression, *, reason: str, by: User, at: datetime) -> None:
    """The address may get mail again.

    :raises NotLiftable: without a reason, or if somebody was faster.
    """
    row.refresh_from_db(from_queryset=Suppression.objects.select_for_update(of=("self",)))
    if row.lifted_at is not None:
        raise NotLiftable("Somebody has lifted this already.")
    if not reason.strip():
        raise NotLiftable("Say why it may get mail again.")
    row.lifted_at, row.lifted_by, row.lifted_why = at, by, reason.strip()[:300]
    row.save(update_fields=["lifted_at", "lifted_by", "lifted_why"])
    journal.record("comms.suppression.lifted", row, by=by, at=at, data={"reason": row.lifted_why})


@transaction.atomic
def leave(address: str, *, kind: str, at: datetime, why: str = "By the link in a mail.") -> None:
    """A reader wants no more mails that may be stopped: her contacts are marked, and where she is
    none, her address. Twice is once."""
    contacts = list(Contact.objects.filter(email__iexact=address).select_for_update())
    for contact in contacts:
        if not contact.no_mail:
            contact.no_mail = True
            contact.save(update_fields=["no_mail", "updated_at"])
            journal.record(
                "comms.contact.left", contact, by=None, at=at, account_id=contact.account_id,
                data={"kind": kind},
            )  # fmt: skip
    if not contacts:
        suppress(address, reason=Suppression.Reason.UNSUBSCRIBED, why=why, by=None, at=at)


def _tell(delivery: Delivery, kind: Delivery.Bounce, why: str, at: datetime) -> None:
    """Whoever sent it, and whoever owns the account, hears that this reader does not."""
    contact = delivery.contact
    people = [delivery.author, contact.account.owner if contact else None]
    tell = import_string(settings.TELL_COLLEAGUE)
    how = "was reported as unwanted" if kind == Delivery.Bounce.COMPLAINT else "came back"
    for user in {person.pk: person for person in people if person is not None}.values():
        tell(
            user, kind="bounce", key=f"bounce:{delivery.pk}:{kind}:{user.pk}",
            subject=f"Mail to {delivery.recipient_name or delivery.recipient} {how}",
            body=f"“{delivery.subject}” to {delivery.recipient} {how}. Nothing more is sent to this "
            f"address until somebody lifts that.\n\n> {why[:SPEAKS]}",
            at=at, about=delivery, link=f"/threads/deliveries/{delivery.pk}/",
        )  # fmt: skip
