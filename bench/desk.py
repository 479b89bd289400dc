"""The desk's own figures: its pages over HTTP, its many-at-once in the process that does them.

    python -m bench.desk [ROWS ...]      default 10000 100000 1000000

Prints a table and writes bench/desk.json.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import load
from bench.__main__ import PORT, serve, show
from bench.figures import Figure, Stage, figure, growth, prepare
from bench.fill import fill
from desk.models import Assignment, CustodySpan, SalesRequest
from desk.queries import radar
from desk.services import assignment, keeping
from people.models import Role, User

HERE = Path(__file__).parent
MANY, WAITING, RACE, CLIENTS = 5_000, 10_000, 1_000, 64


def pages(stage: Stage, rows: int) -> Iterator[Figure]:
    """Page, board and poll against the bare view; what a page asks the database."""
    bare = stage.run(stage.page("/bench/queue/"), 200)
    for name, path in (("queue page", "/queue/"), ("board", "/queue/?as=board")):
        seen = stage.run(stage.page(path), 200)
        yield figure(name, rows, seen.rate, "/s", bare.rate, floor=0.8)
        yield figure(f"{name}, p50", rows, seen.p50, "ms", bare.p50)
    poll = stage.run(stage.page("/queue/changes/", **{"If-None-Match": stage._etag()}), 304)  # noqa: SLF001
    yield figure("unchanged poll", rows, poll.rate, "/s", bare.rate)
    client = Client()
    client.force_login(stage.coordinator, backend="people.accounts.OneQueryBackend")
    for path in ("/queue/", "/queue/?as=board", "/queue/changes/"):
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        yield figure(f"statements of {path}", rows, len(asked), "", most=10)


def timed(act: Callable[[], Any], times: int = 1) -> float:
    """Seconds, the median of `times`."""
    found = []
    for _ in range(times):
        reset_queries()
        begun = time.perf_counter()
        act()
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


def renewed(rows: Any, now: datetime) -> list[int]:
    """Make these requests new again, in the desk's custody from now on."""
    keys = list(rows.values_list("pk", flat=True))
    SalesRequest.objects.filter(pk__in=keys).update(
        status="new", outcome="", holder=None, resolved_at=None, closed_at=None, due_at=now,
        party="desk", party_user=None, party_since=now,
    )  # fmt: skip
    CustodySpan.objects.filter(request__in=keys).delete()
    spans = [CustodySpan(request_id=key, party="desk", started_at=now) for key in keys]
    CustodySpan.objects.bulk_create(spans, batch_size=1_000)
    return keys


def alone(stage: Stage, rows: int) -> Iterator[Figure]:
    """What one process does: the radar, a step on 5,000, 10,000 dealt to fifty people."""
    now = datetime.now(UTC)
    someone = User.objects.get(pk=stage.coordinator.pk)
    yield figure("radar", rows, 1000 * timed(lambda: radar(someone, now), 9), "ms", most=100)
    if rows < WAITING:
        return
    keys = renewed(SalesRequest.objects.order_by("-pk")[:MANY], now)
    for act, args in (("tag", {"add": ["bench"]}), ("priority", {"priority": 2}),
                      ("claim", {}), ("assign", {"to": stage.rep.pk}), ("resolve", {})):  # fmt: skip
        run = keeping.ask_many(act, keys, args=args, by=someone, at=now)
        took = timed(lambda run=run: keeping.work_off(run.pk, at=datetime.now(UTC)))
        run.refresh_from_db()
        if run.changed != MANY:
            raise RuntimeError(f"{act}: {run.changed} of {MANY}, {run.refused[:3]}")
        yield figure(f"{act} of 5,000", rows, took, "s", most=3)
    yield from _dealt(stage, rows, now)


def _dealt(stage: Stage, rows: int, now: datetime) -> Iterator[Figure]:
    renewed(SalesRequest.objects.order_by("-pk")[:WAITING], now)
    rule, _ = Assignment.objects.update_or_create(
        team=stage.team, defaults={"mode": "round", "capacity": 1000}
    )
    for n in range(50):
        user, _ = User.objects.get_or_create(
            email=f"c{n}@bench.example", defaults={"name": f"C {n}", "team": stage.team}
        )
        user.groups.add(stage.coordinator.groups.model.objects.get(name=Role.COORDINATOR.value))
    took = timed(lambda: assignment.place_waiting(stage.team, at=now))
    rule.delete()
    left = SalesRequest.objects.waiting().count()
    if left > rows - WAITING:
        raise RuntimeError(f"{left} were left waiting.")
    yield figure("10,000 waiting dealt", rows, took, "s", most=10)


def race(stage: Stage, rows: int) -> Iterator[Figure]:
    """64 clients take what is next until 1,000 are gone: each was taken once."""
    SalesRequest.objects.filter(status="new").update(
        status="done", outcome="resolved", resolved_at=datetime.now(UTC)
    )
    renewed(SalesRequest.objects.order_by("pk")[:RACE], datetime.now(UTC))
    with connection.cursor() as sql:
        sql.execute("SELECT coalesce(max(id), 0) FROM journal_entry")
        before = sql.fetchone()[0]
    begun = time.perf_counter()
    ask = stage.post("/api/requests/take-next/", {})
    told = load.run(stage.port, ask, clients=CLIENTS, seconds=12)
    took = time.perf_counter() - begun
    with connection.cursor() as sql:
        sql.execute(
            "SELECT count(*), count(DISTINCT subject_id) FROM journal_entry"
            " WHERE id > %s AND action = 'desk.request.claimed'", [before],
        )  # fmt: skip
        claims, once = sql.fetchone()
    if set(told.statuses) - {200, 409, 503} or claims != once or claims != RACE:
        raise RuntimeError(f"{claims} claims of {once} requests, {told.statuses}")
    yield figure(f"claims of {RACE}, 64 clients, in {took:.0f} s, each once", rows, claims, "")


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    stage = prepare(PORT)
    server = serve()
    found: list[Figure] = []
    try:
        stage.wait()
        for size in sizes:
            fill(size, account_id=stage.account.pk, rep=stage.rep, team=stage.team,
                 coordinator=stage.coordinator)  # fmt: skip
            for part in (pages, alone, race):
                found += part(stage, size)
    finally:
        server.terminate()
        server.wait()
    found += growth(found)
    (HERE / "desk.json").write_text(json.dumps(found, indent=1))
    show(found)
    return 0 if all(row["ok"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
