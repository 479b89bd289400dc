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
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bench.followups import figure
from people.models import WorkingCalendar
from process.drawing import draw, laid_out
from process.models import EventLog
from process.queries.cache import remember
from process.queries.filters import Filters
from process.queries.graph import process_map, simplify
from process.queries.handovers import matrix, waiting
from process.queries.rework import rework
from process.queries.variants import ways
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


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    call_command("createcachetable")
    rows = [row for size in sizes for row in measure(size)]
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def measure(size: int) -> list[dict]:
    now = timezone.now()
    for old in EventLog.objects.filter(name="Bench"):
        store.remove(old, by=None, at=now)
    calendar, _ = WorkingCalendar.objects.get_or_create(
        name="Bench", defaults={"zone": "Europe/Amsterdam"}
    )
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
    log = store.make_log(name="Bench", by=None, at=now, calendar=calendar)
    begun = time.perf_counter()
    store.fill(log, cases(size), by=None, at=now)
    speed = log.events / (time.perf_counter() - begun)
    with connection.cursor() as sql:  # as autovacuum does within a minute
        sql.execute("VACUUM (ANALYZE) process_step, process_case, process_variant")
    rows = [figure("steps written", size, speed, "/s", None, 2000, lower=False)]
    bare = once(lambda: bare_group(log))
    for name, look, floor in pages(log):
        cache.clear()
        first = once(look)
        again = min(once(look) for _ in range(5))
        limit = bare if name == "map" else None
        rows.append(figure(f"{name}, first time", size, first, "ms", limit, floor, lower=True))
        rows.append(figure(f"{name}, after", size, again, "ms", None, 100, lower=True))
    return rows


def pages(log: EventLog) -> list[tuple[str, Callable[[], object], float]]:
    every, narrow = Filters(), Filters(team=2, type=2)
    return [
        ("map", lambda: drawn(log, every), 2000),
        ("map of a team and type", lambda: drawn(log, narrow), 2000),
        ("variants", lambda: ways(log, every), 3000),
        ("rework", lambda: rework(log, every), 8000),
        ("hand-overs", lambda: matrix(log, every, "people"), 3000),
        ("waiting", lambda: waiting(log, every), 3000),
    ]


def drawn(log: EventLog, filters: Filters) -> str:
    """What the page does: read, simplify, lay out (remembered too), draw."""
    shown = simplify(process_map(log, filters), 0)
    placed = remember(
        log, "bench-layout", filters.selection, lambda: laid_out(shown.map, "business")
    )
    return draw(shown.map, placed, "business", "?")


def bare_group(log: EventLog) -> None:
    with connection.cursor() as sql:
        sql.execute(
            "SELECT activity_id, next_activity_id, count(*) FROM process_step WHERE log_id = %s GROUP BY 1, 2",
            [log.pk],
        )
        sql.fetchall()


def once(look: Callable[[], object]) -> float:
    begun = time.perf_counter()
    look()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
