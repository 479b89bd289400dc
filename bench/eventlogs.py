"""Event logs in and out, events a second, at growing sizes.

    python -m bench.eventlogs [EVENTS ...]      default 10000 100000 1000000; writes bench/eventlogs.json

A made-up log (cases of about six events, twelve activities, forty people, three further attributes in
the XES file) is imported from CSV and from XES, and taken out again. `read` is the file alone, without
the database; the whole import is file to finished log, waits on both clocks and variants worked out.
`python_per_s` and `database_per_s` are events for each second that a processor worked for one or the
other: they hold on a busy machine too. Our targets: 50,000 events a second from CSV, 20,000 from XES.
"""

import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from process.importing import export, mapping, services, staging
from process.importing.rows import EventRows
from process.importing.source import Source
from process.models import EventLog
from process.services import store

TARGETS = {"csv": 50_000, "xes": 20_000}
STEPS = [
    f"{what} {thing}"
    for what in ("Check", "Pick", "Pack", "Send")
    for thing in ("order", "goods", "papers")
]
WAYS = 300  # that cases take; the first ones most often


def made(events: int) -> list[tuple[str, str, datetime, str]]:
    rng, found, case = random.Random(8), [], 0
    ways = [[rng.choice(STEPS) for _ in range(rng.randint(3, 9))] for _ in range(WAYS)]
    while len(found) < events:
        case += 1
        at = datetime(2025, 1, 6, 8, tzinfo=UTC) + timedelta(minutes=7 * case)
        for step in ways[int(WAYS * rng.random() ** 3)]:
            found.append((f"O-{case:07}", step, at, f"Person {rng.randint(1, 40)}"))
            at += timedelta(seconds=rng.randint(60, 90_000))
    return found[:events]


def write(folder: Path, events: int) -> dict[str, Path]:
    rows = made(events)
    files = {"csv": folder / "log.csv", "xes": folder / "log.xes"}
    with files["csv"].open("w", encoding="utf-8") as out:
        out.write("case,activity,timestamp,resource\n")
        out.writelines(f"{c},{a},{at.isoformat()},{who}\n" for c, a, at, who in rows)
    with files["xes"].open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?><log xes.version="1849-2016">')
        last = ""
        for case, activity, at, who in rows:
            if case != last:
                out.write("</trace>" if last else "")
                out.write(f'<trace><string key="concept:name" value="{case}"/>')
            last = case
            out.write(
                f'<event><string key="concept:name" value="{activity}"/><string key="org:resource" value="{who}"/>'
                f'<date key="time:timestamp" value="{at.isoformat()}"/><string key="product" value="Pump"/>'
                '<string key="channel" value="web"/><int key="pieces" value="3"/></event>'
            )
        out.write("</trace></log>")
    return files


def timed(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def database_seconds() -> float:
    """What the processor of this session at the database has worked so far, on the same machine."""
    with connection.cursor() as sql:
        sql.execute("SELECT pg_backend_pid()")
        (pid,) = sql.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read(path: Path) -> None:
    source = Source(path, path.name)
    rows = EventRows(mapping.check(services.guessed(source.sample(), zone="UTC")))
    batch = []
    for row in source.rows(rows.columns):
        batch.append(row)
        if len(batch) == staging.BATCH:
            rows.read(batch)
            batch.clear()


def measure(events: int, folder: Path) -> list[dict[str, Any]]:
    found = []
    for kind, path in write(folder, events).items():
        name = f"Bench {kind} {events}"
        for old in EventLog.objects.filter(name=name):
            store.remove(old, by=None, at=timezone.now())
        reading = timed(lambda path=path: read(path))
        python, database = time.process_time(), database_seconds()
        whole = timed(
            lambda path=path, name=name: services.import_file(
                path, {}, name=name, by=None, at=timezone.now()
            )
        )
        python, database = time.process_time() - python, database_seconds() - database
        log = EventLog.objects.get(name=name)
        assert log.events == events
        going = export.as_csv(log) if kind == "csv" else export.as_xes(log)
        out = timed(lambda going=going: sum(map(len, going)))
        found.append(
            {
                "kind": kind, "events": events, "read_per_s": round(events / reading),
                "import_per_s": round(events / whole), "python_per_s": round(events / python),
                "database_per_s": round(events / max(database, 0.01)), "export_per_s": round(events / out),
                "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "target_per_s": TARGETS[kind], "ok": events / whole >= TARGETS[kind],
            }
        )  # fmt: skip
        print(found[-1], flush=True)
        store.remove(log, by=None, at=timezone.now())
    return found


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for size in sizes for row in measure(size, Path(folder))]
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
