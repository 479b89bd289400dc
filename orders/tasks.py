"""Celery doors of orders."""

from celery import shared_task
from django.utils import timezone

from orders.services import approvals, backorders, quotes


@shared_task
def expire_quotes() -> int:
    """Expire what is past its last day; a bounded bite, the next wake-up takes the next."""
    return quotes.expire_due(at=timezone.now())


@shared_task
def remind_approvers() -> int:
    """Mail again about what nobody decided for a day."""
    return approvals.remind_due(at=timezone.now())


@shared_task
def fill_backorders() -> int:
    """Give what came to the orders that wait for it."""
    return backorders.fill_due(at=timezone.now())
