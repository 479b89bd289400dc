"""Celery doors: a run each night, and the ones that people ask for."""

from typing import Final

from celery import shared_task
from django.utils import timezone

from improve import services

LONGEST: Final = 3600  # seconds; a run reads half a year of everything


@shared_task
def ask_nightly() -> None:
    services.ask_nightly(at=timezone.now())


@shared_task(time_limit=LONGEST)
def run() -> int:
    """Do the runs that wait; returns how many."""
    done = 0
    while services.run_next(at=timezone.now()) is not None:
        done += 1
    return done
