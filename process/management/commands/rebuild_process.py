from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from process.services import following


class Command(BaseCommand):
    help = (
        "Writes the event logs of requests and orders from the journal again, and says how many cases "
        "differ from what the follower had kept. Needed after a change of a working calendar or of the "
        "words of steps. One transaction; meanwhile the follower waits."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        following.follow(at=timezone.now())
        done: Counter[str] = Counter()

        def tell(name: str, cases: int) -> None:
            done[name] += cases
            self.stdout.write(f"{name}: {done[name]:,} cases written")

        differing = following.rebuild(at=timezone.now(), progress=tell)
        if differing:
            self.stdout.write(f"Rebuilt. {differing} cases differ from what stood before.")
        else:
            self.stdout.write("Rebuilt. Every case equals what stood before.")
