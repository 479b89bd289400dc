"""Celery door: the follower of the journal that keeps facts and rollups."""

from celery import shared_task
from django.utils import timezone

from kpis import services


@shared_task(name="kpis.tasks.roll_up")
def roll_up() -> None:
    services.roll_up(at=timezone.now())
