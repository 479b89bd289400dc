"""`manage.py sync_roles`: give every role the permissions that people/roles.py names."""

from typing import Any

from django.core.management.base import BaseCommand

from people import roles


class Command(BaseCommand):
    help = "Create the role groups and set their permissions; run it after migrate."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        roles.sync()
