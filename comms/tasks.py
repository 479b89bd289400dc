"""Celery doors: wake up, send what is due, settle what was left behind."""

from time import monotonic

from celery import shared_task
from django.utils import timezone

from comms import deliveries, services
from comms.carriers import Ways

ROUNDS = 20
LONGEST = (
    90  # seconds; with the last batch this stays below the time after which a worker is killed
)


@shared_task
def send_due() -> int:
    """Send until nothing is due, or long enough for one wake-up; connections are kept over it."""
    total, began = 0, monotonic()
    with Ways() as ways:
        for _ in range(ROUNDS):
            sent = deliveries.send_due(at=timezone.now(), ways=ways)
            total += sent
            if not sent or monotonic() - began > LONGEST:
                break
    return total


@shared_task
def reconcile() -> int:
    return deliveries.reconcile(at=timezone.now())


@shared_task
def send_planned() -> int:
    """Messages whose time has come are said, or held back."""
    return services.send_planned(at=timezone.now())


@shared_task
def forget_files() -> int:
    services.forget_drafts(at=timezone.now())
    return services.forget_files(at=timezone.now())
