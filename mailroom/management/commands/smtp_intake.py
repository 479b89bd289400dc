"""`manage.py smtp_intake`: take mail by SMTP, for a relay that forwards the desk's address here."""

import asyncio
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand

from mailroom.smtp import serve


class Command(BaseCommand):
    help = "Take mail by SMTP. Let only your own relay reach it: it asks nobody who they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8025)

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"Taking mail on {options['host']}:{options['port']}")
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(options["host"], options["port"]))
