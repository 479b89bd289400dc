"""Follow-ups: the scan for what is due, rules against the journal, and settling, at growing sizes.

    python -m bench.followups [ROWS ...]      default 10000 100000 1000000; writes bench/followups.json

The limits beside the figures: the bare SELECT of the same rows; reading the entries without rules;
the bare INSERT of as many deliveries and their journal entries.
"""

import json
import os
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from comms.models import Delivery
from crm.models import Account, Contact
from followups import services
from followups.models import FollowUp, Rule
from followups.services.settling import BATCH, due_rows
from journal.models import Entry
from people import roles

EVENTS, SETTLED, ACCOUNTS = 6000, 1000, 500
# Of a busy day's entries one in five begins a rule; half of those begin one with two steps.
MIX = ("crm.account.changed", "comms.message.posted", "orders.stock.moved", "desk.request.claimed", "comms.turn.opened",
       "crm.contact.changed", "kpis.x.y", "tasks.task.done", "orders.order.checked", "desk.request.tagged")  # fmt: skip
STEP = {"anchor": "", "amount": 2, "unit": "days", "clock": "reader", "channel": "mail", "needs_approval": False,
        "subject": "About {{ thing.title }}", "body": "Hello {{ reader.first_name }},\n\nhow are things at {{ thing.account }}?"}  # fmt: skip


def figure(name, rows, value, unit, limit, floor, *, lower):  # noqa: PLR0917
    ok = value <= floor if lower else value >= floor
    ratio = value / limit if limit else None
    return {"name": name, "rows": rows, "value": round(value, 2), "unit": unit, "limit": limit and round(limit, 2),
            "ratio": ratio and round(ratio, 2), "floor": floor, "ok": ok}  # fmt: skip


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    roles.sync()
    accounts = prepare()
    rows = [rules(accounts)]
    for size in sizes:
        rows += scan(size, accounts)
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def prepare() -> list[Account]:
    now = timezone.now()
    services.ship(at=now)
    for code, actions, steps in (("bench_one", ["crm.account.changed"], [STEP]),
                                 ("bench_two", ["crm.account.created"], [STEP, {**STEP, "amount": 5}])):  # fmt: skip
        if not Rule.objects.filter(code=code).exists():
            said = services.Wording(
                code, "crm.account", actions, "customer", steps, stops=["reply", "order", "booking"]
            )
            services.save(None, said, by=None, at=now, code=code, on=True)
    found = list(Account.objects.filter(name__startswith="Bench ").order_by("pk")[:ACCOUNTS])
    if len(found) < ACCOUNTS:
        found = Account.objects.bulk_create(
            [Account(name=f"Bench {n}", created_at=now) for n in range(ACCOUNTS)]
        )
        Contact.objects.bulk_create(
            [
                Contact(
                    account=one,
                    name=f"Reader {one.pk}",
                    email=f"r{one.pk}@bench.example",
                    created_at=now,
                )
                for one in found
            ]
        )
    return found


def rules(accounts: list[Account]) -> dict[str, object]:
    """Entries a second through all rules, and through a follower that does nothing with them."""
    FollowUp.objects.all().delete()
    now = timezone.now()
    entries = [
        Entry(
            at=now, action="crm.account.created" if n % 20 == 10 else MIX[n % len(MIX)],
            subject_type="crm.account" if n % 10 == 0 else "desk.salesrequest",
            subject_id=accounts[n % ACCOUNTS].pk, subject_name="x", account_id=accounts[n % ACCOUNTS].pk,
        )
        for n in range(EVENTS)
    ]  # fmt: skip
    Entry.objects.bulk_create(entries, batch_size=2000)
    keys = [entry.pk for entry in entries]

    def batches():
        for start in range(0, EVENTS, 500):
            yield list(Entry.objects.filter(pk__in=keys[start : start + 500]).order_by("pk"))

    def timed(work):
        began = time.perf_counter()
        for batch in batches():
            with transaction.atomic():
                work(batch)
        return EVENTS / (time.perf_counter() - began)

    bare, rate = timed(len), timed(services.handle)
    print(
        f"{FollowUp.objects.count()} scheduled of {EVENTS} entries, {Rule.objects.filter(is_active=True).count()} rules on"
    )
    return figure("entries through the rules", EVENTS, rate, "/s", bare, 3000, lower=False)


FILL = """
INSERT INTO followups_followup (rule, rule_version, step, subject_type, subject_id, account_id, occasion, contact_id,
    recipient, recipient_name, channel, status, due_at, reason, why_then, stop_reason, why_sent, problem, subject, body, created_at)
SELECT 'bench_one', 1, 1, 'crm.account', c.account_id, c.account_id, 'fill:' || n, c.id, c.email, c.name, 'mail', 'scheduled',
    %s + n * interval '1 second', 'Account changed', '', '', '', '', '', '', %s
FROM generate_series(1, %s) AS n JOIN crm_contact c ON c.id = %s + n %% %s
"""


def scan(size: int, accounts: list[Account]) -> list[dict[str, object]]:
    FollowUp.objects.all().delete()
    now = timezone.now()
    first = Contact.objects.filter(account=accounts[0]).values_list("pk", flat=True).get()
    with connection.cursor() as sql:
        sql.execute(
            FILL, [now - timedelta(seconds=SETTLED), now - timedelta(days=1), size, first, ACCOUNTS]
        )
        sql.execute("ANALYZE followups_followup")
    mine, bare = _busy(now)
    idle = _idle(now)
    began, done = time.perf_counter(), 0
    while taken := services.settle_due(at=now):
        done += taken
    rate = done / (time.perf_counter() - began)
    assert Delivery.objects.filter(about_type="crm.account", created_at=now).count() == done
    return [
        figure("scan for 200 that are due", size, mine * 1000, "ms", bare * 1000, 20, lower=True),
        figure("scan when nothing is due", size, idle * 1000, "ms", None, 20, lower=True),
        figure("follow-ups looked at and owed", size, rate, "/s", None, 300, lower=False),
    ]


def _busy(now):
    """Seconds of the scan when 200 are due, and of the bare statement for the same rows."""
    times, bare = [], []
    for _ in range(30):
        with transaction.atomic():
            began = time.perf_counter()
            assert len(list(due_rows(now)[:BATCH])) == BATCH
            times.append(time.perf_counter() - began)
        with transaction.atomic(), connection.cursor() as sql:
            began = time.perf_counter()
            sql.execute(
                "SELECT * FROM followups_followup WHERE status = 'scheduled' AND due_at <= %s"
                " ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED", [now, BATCH],
            )  # fmt: skip
            sql.fetchall()
            bare.append(time.perf_counter() - began)
    return statistics.median(times), statistics.median(bare)


def _idle(now):
    times = []
    for _ in range(30):
        with transaction.atomic():
            began = time.perf_counter()
            assert not list(due_rows(now - timedelta(days=2))[:BATCH])
            times.append(time.perf_counter() - began)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
