"""KPI pages, rollups and a rebuild at growing sizes.

    python -m bench.kpis [REQUESTS ...]      default 10000 100000 1000000; writes bench/kpis.json

As many orders as requests and ten journal entries for each request stand beside them. The limits:
the bare SELECT of the same rollup cells for pages, reading the entries without counting for rollups.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from bench import kpis_fill
from bench.kpis_lag import RATE, worst_lag
from journal.models import Entry
from journal.services import follow
from kpis import services
from kpis.definitions import KPIS
from kpis.services.following import BATCH, FOLLOWER

Figure = dict[str, Any]
PAGE_MS, ROLLUP, LAG_S, REBUILD_S, GROWTH = 40, 5_000, 5, 900, 1.3
LIVE = 20_000  # entries of today that the follower reads


def p50(call: Callable[[], object], times: int = 15) -> float:
    call()
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        spans.append((time.perf_counter() - began) * 1000)
    return statistics.median(spans)


def pages(rows: int, client: Client) -> list[Figure]:
    """Server time of the overview and each page, in one process without HTTP."""
    found = []
    for name, path in (("overview", "/kpis/"), *((slug, f"/kpis/{slug}/") for slug in KPIS)):
        assert client.get(path).status_code == 200, path
        value = p50(lambda path=path: client.get(path))
        found.append(figure(f"page: {name}", rows, value, "ms", floor=PAGE_MS, most=True))
    one = p50(lambda: client.get("/kpis/turnaround/?rep=1"))
    found.append(figure("page: turnaround, one rep", rows, one, "ms"))
    return found


def live(rows: int) -> list[Figure]:
    """Entries of today through the follower, beside reading them only: five entries about a record,
    as a day's work writes them, and one about each, the worst there is."""
    found = []
    for each, floor in ((5, ROLLUP), (1, None)):
        kpis_fill.entries_of_today(min(LIVE, rows), each)
        with transaction.atomic():  # reading alone, and the cursor goes back
            began = time.perf_counter()
            read = sum(iter(lambda: follow(FOLLOWER, lambda _: None, batch=BATCH), 0))
            bare = read / (time.perf_counter() - began)
            transaction.set_rollback(True)
        began = time.perf_counter()
        done = services.roll_up(at=timezone.now())
        rate = done / (time.perf_counter() - began)
        name = f"entries rolled up, {each} about a record"
        found.append(figure(name, rows, rate, "/s", limit=round(bare), floor=floor))
    lag, entries = worst_lag()
    name = f"worst lag at {RATE} entries/s"
    found.append(figure(name, rows, lag, "s", floor=LAG_S, most=True, entries=entries))
    return found


def figure(name: str, rows: int, value: float, unit: str, **more: Any) -> Figure:
    floor, most = more.pop("floor", None), more.pop("most", False)
    ok = floor is None or (value <= floor if most else value >= floor)
    row = {"name": name, "rows": rows, "value": round(value, 2), "unit": unit, "floor": floor}
    row |= more | {"ok": ok}
    print(row, flush=True)
    return row


def measure(rows: int) -> list[Figure]:
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
    client = Client()
    client.force_login(kpis_fill.fill(rows), backend="people.accounts.OneQueryBackend")
    began = time.perf_counter()
    services.rebuild(at=timezone.now(), tell=_tell)
    seconds = time.perf_counter() - began
    entries = Entry.objects.count()
    found = [
        figure("rebuild", rows, seconds, "s", floor=REBUILD_S, most=True, entries=entries),
        figure("rebuild: entries", rows, entries / seconds, "/s"),
    ]
    with connection.cursor() as sql:
        sql.execute("VACUUM ANALYZE kpis_rollup, kpis_requestfact, kpis_orderfact")
    again = services.rebuild(at=timezone.now())
    found.append(
        figure("cells that a second rebuild finds different", rows, again, "", floor=0, most=True)
    )
    return [*found, *live(rows), *pages(rows, client)]


def _tell(what: str, done: int, total: int) -> None:
    if done % 100_000 < BATCH:
        print(f"  {what}: {done:,} of {total:,}", flush=True)


def growth(rows: list[Figure]) -> list[Figure]:
    by_name: dict[str, list[Figure]] = {}
    for row in rows:
        if row["name"].startswith("page: ") and row["floor"]:
            by_name.setdefault(row["name"], []).append(row)
    return [
        figure(f"growth of {name}", some[-1]["rows"], some[-1]["value"] / some[0]["value"], "x",
               floor=GROWTH, most=True)
        for name, some in by_name.items() if len(some) > 1
    ]  # fmt: skip


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    rows = [found for size in sizes for found in measure(size)]
    rows += growth(rows)
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1))
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
