"""Celery doors of reports."""

from celery import shared_task
from django.utils import timezone

from reports import services


@shared_task
def send_reports() -> int:
    """Owe the editions whose moment has come."""
    return services.send_due(at=timezone.now())
