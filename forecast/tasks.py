"""Celery doors of forecasts."""

from celery import shared_task
from django.utils import timezone

from forecast.services import breaches, learning, looking_back, scenarios


@shared_task
def say() -> int:
    """Say anew which promises may break."""
    return breaches.refresh(at=timezone.now())


@shared_task
def look_back() -> int:
    """Hold old forecasts against what happened; drop what nobody needs any more."""
    learning.forget(at=timezone.now())
    return looking_back.look_back(at=timezone.now())


@shared_task
def play() -> int:
    """Play the scenarios that wait, for a while."""
    row = scenarios.run_next(at=timezone.now())
    return 0 if row is None else 1
