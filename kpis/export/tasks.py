"""Celery door of exports."""

from celery import shared_task
from django.utils import timezone

from kpis.export import services


@shared_task(name="kpis.export.tasks.run")
def run() -> int:
    """Put tonight's export into the line, write what waits, remove what is old."""
    services.nightly(at=timezone.now())
    services.forget(at=timezone.now())
    return 0 if services.run_next(at=timezone.now()) is None else 1
