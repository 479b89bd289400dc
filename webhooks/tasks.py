"""The Celery door: follow the journal, then send what is due."""

from celery import shared_task
from django.utils import timezone

from webhooks import services

ROUNDS = 20


@shared_task
def run() -> int:
    """Until nothing is left, or long enough for one wake-up."""
    total = 0
    for _ in range(ROUNDS):
        done = services.follow() + services.send_due(at=timezone.now())
        total += done
        if not done:
            break
    return total
