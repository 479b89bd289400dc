"""Process insight at growing sizes: writing a log, and every page over it, first time and after.

    python -m bench.process [EVENTS ...]      default 10000 100000 1000000; writes bench/process.json

The log is made up: twenty activities, loops, about six events a case, waits of minutes to weeks. The
limit beside the map is the bare GROUP BY of the same rows without percentiles.
"""

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from people.models import WorkingCalendar
from process.models import EventLog
from process.services import store

START = datetime(2024, 1, 1, 8, tzinfo=UTC)
ACTIVITIES = [f"Activity {letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]
PEOPLE = [f"Person {n}" for n in range(40)]
PARTIES = ["desk", "rep", "customer", "finance", "logistics", "approver"]


def cases(events: int, seed: int = 8) -> Iterator[store.CaseEvents]:
    """Cases until there are `events`: mostly onwards, sometimes back, sometimes twice."""
    chance, made, n = random.Random(seed), 0, 0
    while made < events:
        at = START + timedelta(minutes=chance.random() * 60 * 24 * 700)
        place, steps = 0, []
        while place < len(ACTIVITIES) and len(steps) < 30:
            party = PARTIES[place % len(PARTIES)]
            steps.append(store.Event(ACTIVITIES[place], at, chance.choice(PEOPLE), party))
            at += timedelta(seconds=chance.lognormvariate(9, 2))
            place += chance.choices((1, 2, 5, 9, 0, -1), (40, 20, 15, 10, 3, 6))[0]
            place = max(place, 0)
        made += len(steps)
        n += 1
        yield store.CaseEvents(f"B-{n}", steps, team_id=n % 4 + 1, type_id=n % 6 + 1)
