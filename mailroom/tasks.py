"""Celery doors: ask mailboxes for new mail, file what came in."""

from celery import shared_task
from django.utils import timezone

from mailroom import services
from mailroom.services import fetching

ROUNDS = 20


@shared_task
def run() -> int:
    """File mail and apply reports until nothing is left, or long enough for one wake-up."""
    total = 0
    for _ in range(ROUNDS):
        done = services.file_due(at=timezone.now()) + services.apply_due(at=timezone.now())
        total += done
        if not done:
            break
    return total


@shared_task
def poll() -> int:
    """Ask the mailboxes that are due."""
    return fetching.poll_due(at=timezone.now())


@shared_task
def forget() -> int:
    """Old reports of providers; what they changed stands elsewhere."""
    return services.forget_reports(at=timezone.now())
