"""An account's page and timeline, and the week of the pipeline, at growing sizes.

    python -m bench.accounts [CONTACTS ...]     default 10000 100000 1000000; writes bench/accounts.json

Each contact brings ten entries of the journal; a tenth of all entries (at most 100,000) is of the one
account that is looked at. The limit beside a figure is the bare SELECT of the newest 31 entries.
Figures are medians of the view itself, templates included, without the socket.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client

from bench.followups import figure
from bench.meetings import timed
from crm.defaults import ensure_pipeline
from crm.models import Account
from people import roles
from people.models import Role, Team, User, WorkingCalendar

NOW = datetime(2027, 1, 4, tzinfo=UTC)
EACH = 10
MOST_OF_ONE = 100_000
FILL = """
INSERT INTO crm_account (name, tier, industry, currency, credit_hold, credit_hold_reason, street, postcode,
    city, region, country, phone, website, tax_number, is_active, created_at, updated_at)
SELECT 'Bench account ' || i, 'standard', '', 'EUR', false, '', '', '', '', '', '', '', '', '', true, %(now)s, %(now)s
FROM generate_series(1, %(accounts)s) AS i;
INSERT INTO crm_contact (account_id, name, email, phone, title, zone, no_mail, is_active, created_at, updated_at)
SELECT a.id, 'Contact ' || i, 'c' || i || '@bench.example', '', '', '', false, true, %(now)s, %(now)s
FROM generate_series(1, %(contacts)s) AS i JOIN (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM crm_account) a ON a.n = 2 + i %% (%(accounts)s - 2);
INSERT INTO journal_entry (at, action, actor_name, subject_type, subject_id, subject_name, account_id, data)
SELECT %(now)s::timestamptz - i * interval '7 seconds', 'orders.order.checked', 'Bench', 'orders.order', i, 'SO-' || i,
    CASE WHEN i %% 10 = 0 AND i / 10 <= %(most)s THEN (SELECT min(id) FROM crm_account) ELSE a.id END, '{}'
FROM generate_series(1, %(entries)s) AS i JOIN (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM crm_account) a ON a.n = 2 + i %% (%(accounts)s - 2);
"""
EMPTY = "TRUNCATE crm_account, crm_contact, journal_entry CASCADE"


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    client = prepare()
    rows: list[dict] = []
    for size in sizes:
        rows += measure(size, client, rows)
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def prepare() -> Client:
    roles.sync()
    ensure_pipeline()
    calendar, _ = WorkingCalendar.objects.get_or_create(name="Bench")
    team, _ = Team.objects.get_or_create(name="Bench accounts", defaults={"calendar": calendar})
    user, _ = User.objects.get_or_create(
        email="accounts@bench.example", defaults={"name": "Bench", "team": team}
    )
    from django.contrib.auth.models import Group

    user.groups.add(Group.objects.get(name=Role.COORDINATOR.value))
    client = Client()
    client.force_login(user, backend="people.accounts.OneQueryBackend")
    return client


def measure(size: int, client: Client, before: list[dict]) -> list[dict]:
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
        sql.execute(EMPTY)
        said = {"now": NOW, "accounts": max(size // 10, 10), "contacts": size, "entries": size * EACH,
                "most": MOST_OF_ONE}  # fmt: skip
        sql.execute(FILL, said)
        sql.execute("ANALYZE crm_account; ANALYZE crm_contact; ANALYZE journal_entry")
    one = Account.objects.order_by("pk").first()
    bare = timed(lambda: newest(one.pk))
    work = {
        "account page": f"/accounts/{one.pk}/",
        "its timeline, newest": f"/timeline/account/{one.pk}/",
        "its timeline, a rare word (3,000 entries looked through)": f"/timeline/account/{one.pk}/?q=nowhere",
        "the week of the pipeline": "/tracking/",
    }
    rows = []
    for name, path in work.items():
        value = timed(lambda path=path: opened(client, path))
        smallest = next((row["value"] for row in before if row["name"] == name), value)
        rows.append(figure(name, size, value, "ms", bare, smallest * 1.3, lower=True))
    return rows


def opened(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code


def newest(account: int) -> None:
    with connection.cursor() as sql:
        sql.execute(
            "SELECT * FROM journal_entry WHERE account_id = %s ORDER BY at DESC, id DESC LIMIT 31",
            [account],
        )
        sql.fetchall()


if __name__ == "__main__":
    sys.exit(main())
