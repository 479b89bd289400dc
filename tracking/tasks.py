"""Celery doors of summaries."""

from celery import shared_task
from django.utils import timezone

from tracking import services


@shared_task
def send_summaries() -> int:
    """Owe the weekly summaries whose moment has come."""
    return services.send_due(at=timezone.now())
