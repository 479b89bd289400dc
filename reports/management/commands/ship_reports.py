"""`manage.py ship_reports`: bring the reports that come with the portal."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from reports import services


class Command(BaseCommand):
    help = "Bring the reports of a new version; what is there stays as it is. Run it after migrate."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        services.ship(at=timezone.now(), zone=settings.TIME_ZONE)
