"""What providers report of a mail that left: it arrived, so it had been taken."""

from datetime import datetime

from django.db import transaction

from comms.models import Delivery
from journal import services as journal


@transaction.atomic
def arrived(delivery: Delivery, *, told_at: datetime, at: datetime) -> None:
    """The reader's server has it since `told_at`; of several reports the earliest counts. A mail that
    came back stays so."""
    delivery.refresh_from_db(from_queryset=Delivery.objects.select_for_update(of=("self",)))
    if delivery.arrived_at is None or told_at < delivery.arrived_at:
        delivery.arrived_at = told_at
        delivery.save(update_fields=["arrived_at"])
    was_taken(delivery, at=at)


@transaction.atomic
def was_taken(delivery: Delivery, *, at: datetime) -> None:
    """Somebody reports what became of it: then it left, though nobody here could say so."""
    unknown = Delivery.objects.select_for_update(of=("self",)).filter(
        pk=delivery.pk, status=Delivery.Status.UNKNOWN
    )
    row = unknown.first()
    if row is None:
        return
    row.status, row.sent_at, row.problem = Delivery.Status.SENT, at, ""
    row.save(update_fields=["status", "sent_at", "problem"])
    journal.record(
        "comms.delivery.found", row, by=None, at=at,
        account_id=row.contact.account_id if row.contact else None,
    )  # fmt: skip
