"""`manage.py api_token EMAIL`: make a bearer token for scripts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from people import services
from people.models import User


class Command(BaseCommand):
    help = "Make an API token for a person and print it (once)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="Made on the command line")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        user = User.objects.active().filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"Nobody active has the address {options['email']}.")
        self.stdout.write(
            services.make_token(user, name=options["name"], by=user, at=timezone.now())
        )
