"""Celery doors of the desk."""

from celery import shared_task
from django.utils import timezone

from desk.services.recalculation import recalculate_next
from desk.services.releases import follow_releases


@shared_task
def follow_approvers() -> int:
    """Custody follows what approvers were asked and said."""
    return follow_releases()


@shared_task
def recalculate_promises() -> int:
    """Lay promises out anew after changes of calendars; returns how many chunks that were."""
    chunks = 0
    while recalculate_next(at=timezone.now()):
        chunks += 1
    return chunks
