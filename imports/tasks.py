"""Celery doors of imports."""

from celery import shared_task
from django.utils import timezone

from imports import services


@shared_task
def run_queued() -> int:
    """Do the imports that wait, and those to be taken back, one after the other; returns how many."""
    done = 0
    while services.run_next(at=timezone.now()) is not None:
        done += 1
    while (undo := services.undo_next(at=timezone.now())) is not None:
        done += 1
        if undo.finished_at is None:
            break  # this turn was long enough
    return done


@shared_task
def forget_files() -> int:
    return services.forget_files(at=timezone.now())
