"""Celery doors: a run each night, and the ones that people ask for."""

from celery import shared_task
from django.utils import timezone

from improve import services


@shared_task
def ask_nightly() -> None:
    services.ask_nightly(at=timezone.now())


@shared_task
def run() -> int:
    """Do the runs that wait; returns how many."""
    done = 0
    while services.run_next(at=timezone.now()) is not None:
        done += 1
    return done
