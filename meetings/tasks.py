"""Celery doors of the meeting desk: ids in, one service call."""

from celery import shared_task
from django.utils import timezone

from meetings.services import asking_outcome, outside, preparing, proposing, wall


@shared_task
def poll_calendars() -> int:
    """Read the outside calendars that are due."""
    return outside.poll_due(at=timezone.now())


@shared_task
def keep_wall_times() -> int:
    """Meetings stay at their wall time when the rules of a zone have changed."""
    return wall.recompute(at=timezone.now())


@shared_task
def make_packs() -> int:
    """Make and send the prep packs whose time has come."""
    return preparing.make_due(at=timezone.now())


@shared_task
def ask_outcomes() -> int:
    """Ask how meetings went of which nobody has said so; a bounded bite each time."""
    return asking_outcome.ask_due(at=timezone.now())


@shared_task
def expire_proposals() -> int:
    """Free the times that nobody chose; a bounded bite, the next wake-up takes the next."""
    return proposing.expire_due(at=timezone.now())
