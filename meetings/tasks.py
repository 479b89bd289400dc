"""Celery doors of meetings."""

from celery import shared_task
from django.utils import timezone

from meetings.services import proposing


@shared_task
def expire_proposals() -> int:
    """Free the times that nobody chose; a bounded bite, the next wake-up takes the next."""
    return proposing.expire_due(at=timezone.now())
