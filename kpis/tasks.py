"""Celery doors: the follower of the journal, closed months, signals."""

from celery import shared_task
from django.utils import timezone

from kpis import services


@shared_task(name="kpis.tasks.roll_up")
def roll_up() -> None:
    services.roll_up(at=timezone.now())


@shared_task(name="kpis.tasks.judge")
def judge() -> None:
    """Close months that are over, restate those that late facts changed, look for signals."""
    now = timezone.now()
    services.close_months(at=now)
    services.restate(at=now)
    services.look_for_signals(at=now)
