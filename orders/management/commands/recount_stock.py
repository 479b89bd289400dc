"""Prove the stock counters from the moves, or set them by the moves."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.services import stock


class Command(BaseCommand):
    help = "Compare the stock counters with the moves; fails when they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--set", action="store_true", help="set the counters by the moves")

    def handle(self, **options: Any) -> None:
        if options["set"]:
            self.stdout.write(f"{stock.set_by_moves()} items set by their moves.")
            return
        wrong = stock.recount()
        for item, (counted, moved) in wrong.items():
            self.stderr.write(f"Item {item}: counters say {counted}, moves say {moved}.")
        if wrong:
            raise CommandError(f"{len(wrong)} items differ. Run it with --set to go by the moves.")
        self.stdout.write("Every counter follows from its moves.")
