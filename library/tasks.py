"""Celery doors: read what waits, count what was sent, tell owners."""

from time import monotonic

from celery import shared_task
from django.utils import timezone

from journal import services as journal
from library import services

LONGEST = 60  # seconds of one wake-up; one file more may take half a minute


@shared_task
def read() -> int:
    """Read files until none waits, or long enough; returns how many."""
    done, began = 0, monotonic()
    while monotonic() - began < LONGEST and services.read_next(at=timezone.now()) is not None:
        done += 1
    return done


@shared_task
def count() -> int:
    return journal.catch_up(services.FOLLOWER, services.count_sent)


@shared_task
def remind() -> int:
    return services.remind(at=timezone.now())
