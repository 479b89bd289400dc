"""Celery doors: tell the readers."""

from celery import shared_task
from django.utils import timezone

from announcements import services


@shared_task
def tell() -> int:
    return services.tell_due(at=timezone.now())
