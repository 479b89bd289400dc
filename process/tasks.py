"""Celery door: the follower of the journal that keeps the built-in event logs."""

from celery import shared_task
from django.utils import timezone

from process.services import following


@shared_task(name="process.tasks.follow")
def follow() -> None:
    following.follow(at=timezone.now())
