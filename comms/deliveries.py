"""Deliveries: claimed, sent, settled. Nothing is sent twice, nothing unknown is sent again.

pending -> sending (a lease, an attempt) -> sent | failed. A sender that dies leaves an expired
lease: the relay's log is asked by Message-ID; where there is none, a person decides.
"""

import logging
import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from comms.mail import message_of
from comms.models import Delivery
from journal import services as journal
from people.models import User

LEASE = timedelta(seconds=120)  # longer than the slowest exchange with a relay
MOST_ATTEMPTS = 6
PERMANENT = 500
log = logging.getLogger(__name__)
Status = Delivery.Status


def send_due(*, at: datetime, batch: int = 50) -> int:
    """Claim what is due and send it; returns how many were claimed."""
    claimed = claim(at=at, batch=batch)
    if not claimed:
        return 0
    backend = get_connection()
    for delivery in claimed:
        if _still_ours(delivery):
            _send(delivery, backend)
    backend.close()
    return len(claimed)


def _mine(delivery: Delivery) -> QuerySet[Delivery]:
    """The row as long as this very attempt holds it: who lost the lease writes nothing."""
    return Delivery.objects.filter(
        pk=delivery.pk, status=Status.SENDING, attempts=delivery.attempts
    )


def _still_ours(delivery: Delivery) -> bool:
    """Renew the lease before each mail: a slow batch must not outlive its claim."""
    return bool(_mine(delivery).update(lease_until=timezone.now() + LEASE))


@transaction.atomic
def claim(*, at: datetime, batch: int) -> list[Delivery]:
    """Take a lease on due deliveries; another worker's are skipped, never waited for."""
    due = (
        Delivery.objects.select_for_update(skip_locked=True)
        .filter(status=Status.PENDING, due_at__lte=at)
        .order_by("due_at", "pk")[:batch]
    )
    rows = list(due)
    for row in rows:
        row.status, row.lease_until, row.attempts = Status.SENDING, at + LEASE, row.attempts + 1
    Delivery.objects.bulk_update(rows, ["status", "lease_until", "attempts"])
    return rows


def _send(delivery: Delivery, backend: BaseEmailBackend) -> None:
    """Hand one mail to the relay; the row says "sending" before, and how it went after."""
    try:
        mail = message_of(delivery)
        mail.connection = backend
        mail.send()
    except ValueError as unfit:  # an address or header that no mail can have
        _settle(delivery, Status.FAILED, f"This mail cannot be written: {unfit}")
    except smtplib.SMTPResponseException as refusal:
        _refused(delivery, refusal.smtp_code, str(refusal.smtp_error))
    except smtplib.SMTPRecipientsRefused as refusal:
        code, words = next(iter(refusal.recipients.values()))
        _refused(delivery, code, str(words))
    except (smtplib.SMTPServerDisconnected, TimeoutError) as cut:
        # It may have been accepted before the line went dead: leave the lease to run out.
        log.warning("delivery %s: connection lost while sending: %s", delivery.pk, cut)
    except OSError as away:
        _again(delivery, f"The relay cannot be reached: {away}")
    else:
        _mine(delivery).update(
            status=Status.SENT, sent_at=timezone.now(), lease_until=None, problem=""
        )


def _refused(delivery: Delivery, code: int, words: str) -> None:
    if code >= PERMANENT:
        _settle(delivery, Status.FAILED, f"{code} {words}")
    else:
        _again(delivery, f"{code} {words}")


def _again(delivery: Delivery, problem: str) -> None:
    """The relay said "later", or was never reached: wait longer each time, then give up."""
    if delivery.attempts >= MOST_ATTEMPTS:
        _settle(delivery, Status.FAILED, problem)
        return
    wait = timedelta(seconds=15 * 4 ** (delivery.attempts - 1))
    _mine(delivery).update(
        status=Status.PENDING, due_at=timezone.now() + wait, lease_until=None, problem=problem[:500]
    )


def _settle(delivery: Delivery, status: Status, problem: str) -> None:
    _mine(delivery).update(status=status, lease_until=None, problem=problem[:500])


@transaction.atomic
def reconcile(*, at: datetime) -> int:
    """Settle deliveries whose sender died: sent, to be sent again, or unknown."""
    asked = import_string(settings.RELAY_LOG) if settings.RELAY_LOG else None
    rows = Delivery.objects.select_for_update(skip_locked=True).filter(
        status=Status.SENDING, lease_until__lt=at
    )
    for row in rows:
        accepted = asked(row.message_id) if asked is not None else None
        if accepted is None:
            _settle(row, Status.UNKNOWN, "The sender stopped while sending; nobody can say.")
        elif accepted:
            row.status, row.sent_at, row.lease_until = Status.SENT, at, None
            row.save(update_fields=["status", "sent_at", "lease_until"])
        else:
            row.status, row.due_at, row.lease_until = Status.PENDING, at, None
            row.save(update_fields=["status", "due_at", "lease_until"])
    return len(rows)


class NotResendable(Exception):
    """Only failed and unknown deliveries can be sent again; the message is fit for people."""


@transaction.atomic
def send_again(delivery: Delivery, *, reason: str, by: User, at: datetime) -> None:
    """A person decided that it did not arrive.

    :raises NotResendable: for any other state, or without a reason.
    """
    delivery.refresh_from_db(from_queryset=Delivery.objects.select_for_update())
    if delivery.status not in {Status.FAILED, Status.UNKNOWN}:
        raise NotResendable(f"This mail is {Status(delivery.status).label.lower()}.")
    if not reason.strip():
        raise NotResendable("Say why it is sent again.")
    delivery.status, delivery.due_at, delivery.attempts = Status.PENDING, at, 0
    delivery.save(update_fields=["status", "due_at", "attempts"])
    journal.record("comms.delivery.resent", delivery, by=by, at=at, data={"reason": reason[:300]})
