"""Celery doors of meetings."""

from celery import shared_task
from django.utils import timezone

from meetings.services import asking_outcome, preparing


@shared_task
def make_packs() -> int:
    """Make and send the prep packs whose time has come."""
    return preparing.make_due(at=timezone.now())


@shared_task
def ask_outcomes() -> int:
    """Ask how meetings went of which nobody has said so; a bounded bite each time."""
    return asking_outcome.ask_due(at=timezone.now())
