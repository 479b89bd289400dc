"""Slots: common times, times open to guests, and what would have to move, at growing sizes.

    python -m bench.meetings [BOOKINGS ...]      default 10000 100000 1000000; writes bench/meetings.json

Of the bookings ten thousand lie in the four weeks that are searched, those of 200 people; the rest is
what these people had before. The limit beside a figure is the bare SELECT of the bookings of the same
people in the same weeks.
"""

import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from bench.followups import figure
from meetings.models import Booking
from meetings.slots import Wanted, find_slots, open_times, ways_out
from people.models import Team, User, WorkingCalendar

START = datetime(2027, 1, 4, tzinfo=UTC)
UNTIL = START + timedelta(weeks=4)
PEOPLE = 200
RUNS = 25

# Fifty bookings of forty minutes for each person in four weeks; the others in the weeks before.
FILL = """
INSERT INTO meetings_booking (user_id, during, label, before_minutes, after_minutes)
SELECT u, tstzrange(s, s + interval '40 minutes'), 'Bench', 0, 0
FROM unnest(%s::bigint[]) WITH ORDINALITY AS who(u, n), generate_series(0, %s - 1) AS i,
LATERAL (SELECT %s::timestamptz - (i / 50) * interval '28 days'
    + (i %% 50) * interval '780 minutes' + (n %% 7) * interval '35 minutes' AS s) slot
"""


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    people = prepare()
    rows = []
    for size in sizes:
        rows += measure(size, people)
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def prepare() -> list[User]:
    calendar, _ = WorkingCalendar.objects.get_or_create(
        name="Bench", defaults={"zone": "Europe/Amsterdam"}
    )
    team, _ = Team.objects.get_or_create(name="Bench meetings", defaults={"calendar": calendar})
    for n in range(PEOPLE):
        User.objects.get_or_create(
            email=f"slots{n}@bench.example", defaults={"name": f"Bench {n}", "team": team}
        )
    rows = User.objects.filter(team=team).select_related("team__calendar", "department__calendar")
    return list(rows.order_by("pk"))


def measure(size: int, people: list[User]) -> list[dict]:
    Booking.objects.all().delete()
    keys = [user.pk for user in people]
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")  # a million rows under an exclusion constraint
        sql.execute(FILL, [keys, size // len(keys), START])
        sql.execute("ANALYZE meetings_booking")
    rows = []
    for count, floor in ((20, 30.0), (200, 150.0)):
        some = people[:count]
        wanted = Wanted(attendees=some, minutes=45, window_from=START, window_until=UNTIL, at=START)
        few = Wanted(attendees=some[:3], minutes=45, window_from=START, window_until=UNTIL, at=START,
                     optional=some[3:])  # fmt: skip
        bare = timed(lambda keys=keys[:count]: bare_select(keys))
        name = f"{count} people, four weeks"
        every = timed(partial(find_slots, wanted))
        some_only = timed(partial(find_slots, few))
        ways = timed(partial(ways_out, wanted), 5)
        rows += [
            figure(f"slots: {name}, all must come", size, every, "ms", bare, floor, lower=True),
            figure(
                f"slots: {name}, three must come", size, some_only, "ms", bare, floor, lower=True
            ),
            figure(f"what would have to move: {name}", size, ways, "ms", bare, 1000.0, lower=True),
        ]
    one = people[:1]
    rows.append(
        figure("times of a booking page: one person, sixty days", size,
               timed(lambda: open_times(one, minutes=30, step=30, window_from=START,
                                        window_until=START + timedelta(days=60), at=START)),
               "ms", None, 30.0, lower=True)
    )  # fmt: skip
    return rows


def bare_select(keys: list[int]) -> None:
    with connection.cursor() as sql:
        sql.execute(
            "SELECT user_id, during FROM meetings_booking WHERE user_id = ANY(%s)"
            " AND lower(during) < %s AND lower(during) > %s",
            [keys, UNTIL, START - timedelta(hours=13)],
        )
        sql.fetchall()


def timed(work, runs: int = RUNS) -> float:
    """Milliseconds, the median."""
    work()
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
