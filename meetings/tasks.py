"""Celery doors: keep wall times."""

from celery import shared_task
from django.utils import timezone

from meetings.services import wall


@shared_task
def keep_wall_times() -> int:
    """Meetings stay at their wall time when the rules of a zone have changed."""
    return wall.recompute(at=timezone.now())
