"""Celery doors: follow the journal, remind, escalate, send summaries."""

from celery import shared_task
from django.utils import timezone

from notices import services


@shared_task
def run() -> int:
    return services.follow()


@shared_task
def remind() -> int:
    return services.remind(at=timezone.now())


@shared_task
def escalate() -> int:
    return services.escalate(at=timezone.now())


@shared_task
def digests() -> int:
    return services.send_digests(at=timezone.now())
