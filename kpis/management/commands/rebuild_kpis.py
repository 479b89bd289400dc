import sys
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from kpis import services


class Command(BaseCommand):
    help = (
        "Counts all KPI facts and rollups from the records again, and says how many facts and cells "
        "differ from what the follower had kept: none, unless TIME_ZONE or a rate of the past changed. "
        "One transaction; meanwhile all followers wait. Exit status 1 when something differed."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        services.roll_up(at=timezone.now())
        began = time.monotonic()

        def tell(what: str, done: int, total: int) -> None:
            seconds = time.monotonic() - began
            self.stdout.write(f"{what}: {done:,} of {total:,} after {seconds:.0f} s")

        differing = services.rebuild(at=timezone.now(), tell=tell)
        if differing:
            services.restate(at=timezone.now())
            self.stdout.write(
                f"Rebuilt. {differing} facts and cells differ from what stood before."
            )
            sys.exit(1)
        self.stdout.write("Rebuilt. Every fact and every cell equals what stood before.")
