"""Celery doors of the import of logs."""

from celery import shared_task
from django.utils import timezone

from process.importing import services


@shared_task
def run_queued() -> int:
    """Do the imports of logs that wait, one after the other; returns how many."""
    done = 0
    while services.run_next(at=timezone.now()) is not None:
        done += 1
    return done


@shared_task
def forget_files() -> int:
    return services.forget_files(at=timezone.now())
