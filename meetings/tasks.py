"""Celery doors of the meeting desk: ids in, one service call."""

from celery import shared_task
from django.utils import timezone

from meetings.services import outside


@shared_task
def poll_calendars() -> int:
    """Read the outside calendars that are due."""
    return outside.poll_due(at=timezone.now())
