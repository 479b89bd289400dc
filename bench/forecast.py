"""Forecasts and exports: events a second of the engine, a forecast of a team, an export, at growing sizes.

    python -m bench.forecast [REQUESTS ...]      default 10000 100000 1000000; writes bench/forecast.json

The requests are finished ones, a hundred an hour of an eight-hour day, half of them before the eight
weeks that a forecast learns from once there are enough; a thousand are open. The limit beside the
engine is a loop that does nothing but push to and pop from the same heap; beside the export, a bare
COPY of the table of facts.
"""

import heapq
import json
import os
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

import numpy as np
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection

from bench.followups import figure
from desk.models import CustodySpan, RequestType, SalesRequest, SlaPolicy
from forecast.engine.desk import WORK, Job, Rota, simulate
from forecast.models import BreachForecast, Learned
from forecast.services import breaches
from kpis.export import services as exports
from kpis.models import RequestFact
from people.models import Role, Team, User, WorkingCalendar

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EVENTS = 200_000
OPEN = 1_000
COORDINATORS = 40

FILL = """
INSERT INTO kpis_requestfact (request_id, team_id, type_id, submitted_at, excluded, reopened, resolved_day,
    gross_calendar, gross_business, net_calendar, net_business, held_calendar, held_business)
SELECT n, 1, 1, %s::timestamptz - n * interval '30 seconds', '', 0, (%s::timestamptz - n * interval '30 seconds')::date,
    n %% 90000, n %% 30000, n %% 90000, n %% 30000, '{1,2,3,4,5,6,7}', '{1,2,3,4,5,6,7}'
FROM generate_series(1, %s) n
"""


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    call_command("sync_roles", verbosity=0)
    rows = [engine()]
    team = prepare()
    for size in sizes:
        rows += [forecast(team, size), export(size)]
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def engine() -> dict:
    """M/M/c at nine tenths of what it can do."""
    draws = np.random.default_rng(1)
    n = EVENTS // 2
    moments = np.cumsum(draws.exponential(1 / 9, n)).tolist()
    jobs = [
        Job(0, at, at + 5, 3, ((WORK, s),))
        for at, s in zip(moments, draws.exponential(1, n).tolist(), strict=True)
    ]
    start = time.perf_counter()
    run = simulate(jobs, Rota(np.array([0.0]), np.array([10])), end=moments[-1])
    ours = run.events / (time.perf_counter() - start)
    return figure(
        "engine: events of M/M/10", EVENTS, ours, "events/s", bare_heap(), 50_000.0, lower=False
    )


def bare_heap() -> float:
    heap: list[tuple[float, int]] = []
    draws = random.Random(1)
    start = time.perf_counter()
    for n in range(EVENTS):
        heapq.heappush(heap, (n + draws.random() * 20, n))
        if n > 10:
            heapq.heappop(heap)
    return EVENTS / (time.perf_counter() - start)


def prepare() -> Team:
    calendar, _ = WorkingCalendar.objects.get_or_create(
        name="Bench", defaults={"zone": "Europe/Amsterdam"}
    )
    team, _ = Team.objects.get_or_create(name="Bench forecast", defaults={"calendar": calendar})
    for n in range(COORDINATORS):
        user, _ = User.objects.get_or_create(
            email=f"forecast{n}@bench.example", defaults={"name": f"Bench {n}", "team": team}
        )
        user.groups.add(Group.objects.get(name=Role.COORDINATOR.value))
    policy, _ = SlaPolicy.objects.get_or_create(
        name="Bench forecast", defaults={"resolution_seconds": 4 * 3600}
    )
    RequestType.objects.get_or_create(
        slug="bench-forecast", defaults={"name": "Bench forecast", "policy": policy, "team": team}
    )
    return team


def fill_requests(team: Team, size: int) -> None:
    """Submitted every 36 s of working days, in somebody's hands for twenty minutes."""
    SalesRequest.objects.filter(team=team).delete()
    people = list(User.objects.filter(team=team).order_by("pk"))
    kind = RequestType.objects.get(slug="bench-forecast")
    rows, spans, at = [], [], NOW
    for n in range(min(size, 60_000)):  # older ones are never read
        at -= timedelta(seconds=36)
        while at.weekday() > 4 or not 8 <= at.hour < 16:
            at -= timedelta(hours=1)
        open_now, who = n < OPEN, people[n % len(people)]
        end = None if open_now else at + timedelta(minutes=25)
        rows.append(SalesRequest(
            type=kind, team=team, subject="Bench", requester=who, holder=who, submitted_at=at, party_since=at,
            status="claimed" if open_now else "done", outcome="" if open_now else "resolved",
            first_resolved_at=end, resolved_at=end, due_at=NOW + timedelta(minutes=n) if open_now else None,
        ))  # fmt: skip
    SalesRequest.objects.bulk_create(rows, batch_size=5000)
    for row in rows:
        claimed = row.submitted_at + timedelta(minutes=5)
        spans.append(
            CustodySpan(request=row, party="desk", started_at=row.submitted_at, ended_at=claimed)
        )
        spans.append(
            CustodySpan(
                request=row,
                party="desk",
                user=row.holder,
                started_at=claimed,
                ended_at=row.resolved_at,
            )
        )
    CustodySpan.objects.bulk_create(spans, batch_size=5000)


def forecast(team: Team, size: int) -> dict:
    """The second forecast of a day, when it has learned already."""
    fill_requests(team, size)
    Learned.objects.all().delete()
    BreachForecast.objects.all().delete()
    breaches.refresh(at=NOW)
    start = time.perf_counter()
    breaches.refresh(at=NOW + timedelta(minutes=5))
    took = time.perf_counter() - start
    return figure("forecast of a team, a thousand open", size, took, "s", None, 30.0, lower=True)


def export(size: int) -> dict:
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
        sql.execute("TRUNCATE kpis_requestfact")
        sql.execute(FILL, [NOW, NOW, size])
        start = time.perf_counter()
        sql.copy_expert("COPY kpis_requestfact TO STDOUT", StringIO())
        bare = size / (time.perf_counter() - start)
    user = User.objects.filter(email="forecast0@bench.example").get()
    with tempfile.TemporaryDirectory() as folder:
        settings.KPI_EXPORT_DIR = Path(folder)
        exports.ask("parquet", by=user, at=NOW)
        start = time.perf_counter()
        exports.run_next(at=NOW)
        took = time.perf_counter() - start
    RequestFact.objects.all().delete()
    return figure("export of facts", size, size / took, "rows/s", bare, 5_000.0, lower=False)


if __name__ == "__main__":
    sys.exit(main())
