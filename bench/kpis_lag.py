"""How long an entry waits until it counts, while entries come in at a steady rate."""

import threading
import time
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from journal.models import Cursor, Entry
from kpis import services
from kpis.services.following import FOLLOWER

RATE, SECONDS = 200, 30
BEAT: Final = 2.0  # as coordinator/beat.py has it
SLICE: Final = 0.1
WRITE = """
INSERT INTO journal_entry (at, action, actor_name, subject_type, subject_id, subject_name, data)
SELECT clock_timestamp(), CASE kind WHEN 0 THEN 'desk.request.tagged' ELSE 'orders.order.checked' END, 'Bench',
    CASE kind WHEN 0 THEN 'desk.salesrequest' ELSE 'orders.order' END, id, 'Bench', '{}'
FROM (
    (SELECT 0 AS kind, id FROM desk_salesrequest WHERE source = 'bench' ORDER BY id DESC OFFSET %(skip)s LIMIT %(half)s)
    UNION ALL
    (SELECT 1, id FROM orders_order WHERE source = 'bench' ORDER BY id DESC OFFSET %(skip)s LIMIT %(half)s)) AS chosen
"""


def worst_lag() -> tuple[float, int]:
    """Seconds that the unluckiest entry waited, and how many were written."""
    services.roll_up(at=timezone.now())
    last = Entry.objects.latest("pk").pk
    ended = threading.Event()
    writer = threading.Thread(target=_write, args=(ended,))
    writer.start()
    worst = 0.0
    while not ended.is_set():
        began = time.monotonic()
        before = Cursor.objects.get(name=FOLLOWER)
        read = services.roll_up(at=timezone.now())
        if read:
            first = _first_after(before)
            worst = max(worst, (timezone.now() - first).total_seconds())
        time.sleep(max(0.0, BEAT - (time.monotonic() - began)))
    writer.join()
    written = Entry.objects.filter(pk__gt=last).count()
    assert written == RATE * SECONDS, written
    return worst, written


def _first_after(cursor: Cursor) -> datetime:
    entry = Entry.objects.extra(
        where=["(txid, id) > (%s::xid8, %s)"], params=[str(cursor.txid), cursor.entry_id]
    ).order_by("txid", "pk")[0]
    return entry.at


def _write(ended: threading.Event) -> None:
    """RATE entries a second, half about requests that change, half about orders."""
    half = int(RATE * SLICE / 2)
    start = time.monotonic()
    try:
        for i in range(int(SECONDS / SLICE)):
            with transaction.atomic(), connection.cursor() as sql:
                values = {"skip": i * half % 3000, "half": half}
                sql.execute(CHANGE, values)
                sql.execute(WRITE, values)
            time.sleep(max(0.0, start + (i + 1) * SLICE - time.monotonic()))
    finally:
        connection.close()
        ended.set()


CHANGE = """
UPDATE desk_salesrequest SET reopened = reopened + 1 WHERE id IN (
    SELECT id FROM desk_salesrequest WHERE source = 'bench' ORDER BY id DESC OFFSET %(skip)s LIMIT %(half)s);
UPDATE orders_order SET net = net + 1 WHERE id IN (
    SELECT id FROM orders_order WHERE source = 'bench' ORDER BY id DESC OFFSET %(skip)s LIMIT %(half)s)
"""
