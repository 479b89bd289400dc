"""`manage.py ship_rules`: bring the follow-up rules that come with the portal."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from followups import services


class Command(BaseCommand):
    help = (
        "Bring follow-up rules that came with a new version; those that are there stay as they are. "
        "Run it after migrate."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        services.ship(at=timezone.now())
