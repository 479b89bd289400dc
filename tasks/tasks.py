"""The Celery door: follow the journal and start what follows."""

from celery import shared_task

from tasks import services

ROUNDS = 20


@shared_task
def run() -> int:
    """Until nothing is left, or long enough for one wake-up; returns how many entries were read."""
    total = 0
    for _ in range(ROUNDS):
        done = services.follow()
        total += done
        if not done:
            break
    return total
