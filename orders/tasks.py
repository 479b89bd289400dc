"""Celery doors of orders."""

from celery import shared_task
from django.utils import timezone

from orders.services import quotes


@shared_task
def expire_quotes() -> int:
    """Expire what is past its last day; a bounded bite, the next wake-up takes the next."""
    return quotes.expire_due(at=timezone.now())
