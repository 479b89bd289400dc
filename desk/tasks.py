"""Celery doors of the desk."""

from celery import shared_task
from django.utils import timezone

from desk.models import Assignment
from desk.services import alarms, assignment, handoff_links, keeping
from desk.services.recalculation import recalculate_next
from desk.services.releases import follow_releases


@shared_task
def follow_approvers() -> int:
    """Custody follows what approvers were asked and said."""
    return follow_releases()


@shared_task
def sound_alarms() -> int:
    """Holders are warned before a promise breaks, managers told after; departments reminded."""
    now = timezone.now()
    return alarms.sound(at=now) + handoff_links.nudge_due(at=now)


@shared_task
def assign_waiting() -> int:
    """What waits goes to whoever can take it; who is away is covered."""
    now, moved = timezone.now(), 0
    for rule in Assignment.objects.filter(mode="round").select_related("team").order_by("pk"):
        moved += assignment.place_waiting(rule.team, at=now)
    return moved + assignment.cover(at=now)


@shared_task
def work_off_bulk() -> int:
    """Steps on many requests that were asked for, and who left without a word."""
    now = timezone.now()
    keeping.forget_gone(at=now)
    return keeping.work_off_all(at=now)


@shared_task
def recalculate_promises() -> int:
    """Lay promises out anew after changes of calendars; returns how many chunks that were."""
    chunks = 0
    while recalculate_next(at=timezone.now()):
        chunks += 1
    return chunks
