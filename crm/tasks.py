"""Celery doors of the records' quality."""

from celery import shared_task
from django.utils import timezone

from crm.services import duplicates, erasing, quality


@shared_task
def look_after_quality() -> int:
    """Score and compare what changed."""
    return quality.follow(at=timezone.now())


@shared_task
def run_scans() -> int:
    """Do the scans for duplicates that wait; returns how many."""
    done = 0
    while duplicates.run_next_scan(at=timezone.now()) is not None:
        done += 1
    return done


@shared_task
def run_erasures() -> int:
    """Erase the people whose erasure was confirmed; returns how many."""
    done = 0
    while erasing.run_next(at=timezone.now()) is not None:
        done += 1
    return done
