"""Deliveries a second by one worker to a local mail server, beside bare smtplib with the same mails.

python -m bench.post [MAILS]      default 3000; writes bench/post.json
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
from django.utils import timezone

from comms import deliveries
from comms.carriers import Ways
from comms.mail import look_around, message_of
from comms.models import Delivery

FLOOR = 300
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
    count = int(sys.argv[1]) if sys.argv[1:] else 3000
    call_command("migrate", verbosity=0)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sink = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port), str(LOG)])
    time.sleep(1)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "comms.backends.RelayBackend", "127.0.0.1"
    settings.EMAIL_PORT = port
    try:
        rows = [measure(count, port, log=log) for log in ("", "bench.post.asked")]
    finally:
        sink.terminate()
        sink.wait()
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def measure(count: int, port: int, *, log: str) -> dict[str, object]:
    Delivery.objects.filter(key__startswith="bench:").delete()
    settings.RELAY_LOG, now, run = log, timezone.now(), time.time_ns()
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
        "rows": count, "value": round(rate, 1), "unit": "/s", "limit": round(bare, 1),
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
