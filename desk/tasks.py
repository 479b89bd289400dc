"""Celery doors of the desk."""

from celery import shared_task

from desk.services.releases import follow_releases


@shared_task
def follow_approvers() -> int:
    """Custody follows what approvers were asked and said."""
    return follow_releases()
