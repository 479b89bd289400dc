"""Mail a second: deliveries by one worker to a local mail server, beside bare smtplib with the same
mails, at several sizes of the table; mail in; the page of a long conversation beside a short one.

python -m bench.post [ROWS ...]      default 10000 100000 1000000; writes bench/post.json
"""

import json
import os
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bench import post_in
from comms import deliveries
from comms.carriers import Ways
from comms.mail import look_around, message_of
from comms.models import Delivery

FLOOR = 300
MAILS = 2000
LOG = Path(tempfile.mkdtemp()) / "sink.log"
BODY = """Dear {name},

your order **SO-{n}** left our warehouse today. You can follow it on its page:
<https://portal.example.com/o/{n}/abcdefghijklmnopqrstuvwxyz/>

- 4 pumps DN 50
- 8 gaskets

Kind regards"""


def asked(message_ids):
    """What RELAY_LOG points at."""
    taken = set(LOG.read_text().split())
    return {message_id: message_id in taken for message_id in message_ids}


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sink = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port), str(LOG)])
    time.sleep(1)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "comms.backends.RelayBackend", "127.0.0.1"
    settings.EMAIL_PORT = port
    rows = []
    clear()  # of a run that was cut short
    try:
        for size in sizes:
            fill(size)
            rows += [measure(size, port, log=log) for log in ("", "bench.post.asked")]
    finally:
        sink.terminate()
        sink.wait()
        clear()
    rows += post_in.measure()
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    show(rows)
    return 0 if all(row["ok"] for row in rows) else 1


def clear() -> None:
    """By SQL: the ORM would fetch a million rows to delete them."""
    with connection.cursor() as sql:
        sql.execute("DELETE FROM comms_delivery WHERE key LIKE 'bench:%%'", [])


def fill(size: int) -> None:
    """So many deliveries that left before."""
    with connection.cursor() as sql:
        sql.execute("SELECT count(*) FROM comms_delivery WHERE key LIKE 'bench:old:%%'")
        there = sql.fetchone()[0]
        sql.execute(
            "INSERT INTO comms_delivery (channel, key, message_id, recipient, recipient_name, subject, body, "
            "calendar_part, calendar_method, about_type, about_id, status, due_at, attempts, problem, created_at, sent_at) "
            "SELECT 'mail', 'bench:old:' || n, '<bench-old-' || n || '@example.com>', 'reader' || n || '@example.com', '', "
            "'Your order', 'It is on its way.', '', '', 'orders.order', n, 'sent', now(), 1, '', now(), now() "
            "FROM generate_series(%s::bigint, %s::bigint) n",
            [there + 1, size],
        )
        sql.execute("ANALYZE comms_delivery")


def show(rows: list[dict[str, object]]) -> None:
    print(f"{'what':44} {'rows':>9} {'value':>9} {'unit':5} {'limit':>9} {'ratio':>6} floor")
    for r in rows:
        mark = "" if r["ok"] else "  MISSED"
        print(
            f"{r['name']:44} {r['rows']:>9,} {r['value']:>9} {r['unit']:5} {r['limit'] or '':>9} "
            f"{r['ratio'] or '':>6} {r['floor'] or ''}{mark}"
        )


def measure(size: int, port: int, *, log: str) -> dict[str, object]:
    settings.RELAY_LOG, now, run, count = log, timezone.now(), time.time_ns(), MAILS
    Delivery.objects.bulk_create(
        Delivery(
            key=f"bench:{run}:{n}", message_id=f"<bench-{run}-{n}@example.com>", due_at=now, created_at=now,
            recipient=f"reader{n}@example.com", recipient_name=f"Reader {n}",
            subject=f"Your order SO-{n} is on its way", body=BODY.format(name=f"Reader {n}", n=n),
            about_type="orders.order", about_id=n,
        )
        for n in range(count)
    )  # fmt: skip
    rows = list(Delivery.objects.filter(key__startswith=f"bench:{run}:").order_by("pk"))
    raw = [
        message_of(row, look_around([row])).message().as_bytes(linesep="\r\n")
        for row in rows[:1000]
    ]
    bare = len(raw) / bare_seconds(raw, port)
    began = time.perf_counter()
    with Ways() as ways:
        while deliveries.send_due(at=timezone.now(), ways=ways):
            pass
    rate = count / (time.perf_counter() - began)
    sent = Delivery.objects.filter(key__startswith=f"bench:{run}:", status="sent").count()
    arrived = LOG.read_bytes().split().count
    once = all(
        arrived(row.message_id.encode()) == (2 if n < 1000 else 1)
        for n, row in enumerate(rows[:2000])
    )
    return {
        "name": "deliveries, marked together" if log else "deliveries, each marked by itself",
        "rows": size, "value": round(rate, 1), "unit": "/s", "limit": round(bare, 1),
        "ratio": round(rate / bare, 2), "floor": FLOOR, "ok": rate >= FLOOR and sent == count and once,
    }  # fmt: skip


def bare_seconds(raw: list[bytes], port: int) -> float:
    """The raw limit: written mails through bare smtplib on one connection."""
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as line:
        for n, text in enumerate(raw):
            line.sendmail("desk@example.com", [f"reader{n}@example.com"], text)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
