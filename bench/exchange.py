"""Records in and out: rows a second of imports (new, again, changed), of their undo and of exports.

    python -m bench.exchange [ROWS ...]      default 10000 100000 1000000; writes bench/exchange.json

Beside an import stands the bare COPY of the same rows into a table without indexes. Every import is
real (not tried) and takes the good rows: one in a thousand is bad.
"""

import csv
import io
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bench.followups import figure
from crm.defaults import ensure_pipeline
from crm.models import Account, CustomField
from crm.queries.export import rows_of, table_of
from imports import services
from imports.models import ImportRun
from kit.tables.write import csv_lines
from people.models import User

FLOOR = 20_000.0
ACCOUNTS = ["id", "name", "tier", "industry", "website", "vat", "payment terms", "currency", "credit limit",
            "street", "postcode", "city", "country", "phone", "fleet", "grade"]  # fmt: skip


def account(n: int, city: str = "Leeds") -> list[object]:
    bad = "many" if n % 1000 == 999 else "30"
    return [f"A{n}", f"{('Northgate', 'Halden', 'Oakfield', 'Lakeside')[n % 4]} Works {n}", "standard", "Pumps",
            f"https://www.works{n}.example", f"NL{n:09}", bad, "EUR", "1000.50", f"Dock Lane {n % 90}", "1011 AB",
            city, "Netherlands", f"020 {n:07}", n % 50, "AB"[n % 2]]  # fmt: skip


def contact(n: int) -> list[object]:
    return [
        f"A{n - n % 1000 // 999}",
        f"Ann Berg {n}",
        f"ann{n}@works{n}.example",
        f"06 {n:08}",
        "Buyer",
        "decides; pays",
    ]


def deal(n: int) -> list[object]:
    stage = ("Prospecting", "Qualified", "Won", "Lost")[n % 4]
    closed = "2026-06-01" if n % 4 > 1 else ""
    return [
        f"D{n}",
        f"A{n - n % 1000 // 999}",
        f"Pumps {n}",
        stage,
        "2026-03-02",
        closed,
        "900.00",
        "GTX",
        "Moses Frase",
    ]


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    ensure_pipeline()
    CustomField.objects.get_or_create(
        kind="account", key="fleet", defaults={"label": "Fleet", "type": "number"}
    )
    CustomField.objects.get_or_create(
        kind="account",
        key="grade",
        defaults={"label": "Grade", "type": "choice", "choices": ["A", "B"]},
    )
    by, _ = User.objects.get_or_create(
        email="bench@exchange.example", defaults={"name": "Bench", "is_superuser": True}
    )
    rows = [one for size in sizes for one in measure(size, by)]
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


CONTACTS = ["account", "name", "email", "phone", "title", "roles"]
DEALS = [
    "id",
    "account",
    "deal name",
    "stage",
    "opened on",
    "closed on",
    "amount",
    "product",
    "owner",
]


def measure(size: int, by: User) -> list[dict]:
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
    accounts = [account(n) for n in range(size)]
    bare = copied(accounts)
    found = []

    def taken(name: str, kind: str, head: list[str], rows: list, floor: float) -> ImportRun:
        rate, run = took(kind, head, rows, by)
        found.append(figure(f"import: {name}", size, rate, "rows/s", bare, floor, lower=False))
        return run

    empty()
    narrow = [row[:2] + row[11:14] for row in accounts]
    taken("accounts of 5 columns, new", "accounts", ACCOUNTS[:2] + ACCOUNTS[11:14], narrow, FLOOR)
    empty()
    taken("accounts of 16 columns, new", "accounts", ACCOUNTS, accounts, FLOOR)
    taken("accounts, as they were", "accounts", ACCOUNTS, accounts, 10_000.0)
    moved = [account(n, "York") for n in range(size)]
    changed = taken("accounts, changed", "accounts", ACCOUNTS, moved, 5_000.0)
    taken("contacts, new", "contacts", CONTACTS, [contact(n) for n in range(size)], 10_000.0)
    taken("deals, new", "deals", DEALS, [deal(n) for n in range(size)], 5_000.0)
    found.append(exported(size, by))
    if size <= 100_000:
        found.append(undone(size, changed, by))
    return found


def empty() -> None:
    with connection.cursor() as sql:
        sql.execute(
            "TRUNCATE crm_account, imports_importrun, imports_importtrace, journal_entry CASCADE"
        )


def exported(size: int, by: User) -> dict:
    assert Account.objects.count() == size - size // 1000
    begun = time.perf_counter()
    lines = sum(1 for _ in csv_lines(*table_of("accounts", rows_of("accounts", by, {}))))
    rate = lines / (time.perf_counter() - begun)
    return figure("export: accounts, CSV", size, rate, "rows/s", None, 20_000.0, lower=False)


def undone(size: int, changed: ImportRun, by: User) -> dict:
    begun = time.perf_counter()
    services.ask_undo(changed, by=by, at=timezone.now())
    undo = services.undo_next(at=timezone.now())
    assert undo is not None
    assert undo.put_back == changed.changed
    rate = undo.put_back / (time.perf_counter() - begun)
    return figure("undo: accounts put back", size, rate, "rows/s", None, 500.0, lower=False)


def took(kind: str, head: list[str], rows: list, by: User) -> tuple[float, ImportRun]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([head, *rows])
        begun = time.perf_counter()
        call_command("import_table", kind, path, good_rows=True, by=by.email, verbosity=0)
        rate = len(rows) / (time.perf_counter() - begun)
    with connection.cursor() as sql:
        sql.execute("ANALYZE")
    run = ImportRun.objects.order_by("pk").last()
    assert run is not None
    return rate, run


def copied(rows: list) -> float:
    """Rows a second of the bare COPY."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    with connection.cursor() as sql:
        sql.execute("DROP TABLE IF EXISTS bench_copied")
        sql.execute(
            f"CREATE TABLE bench_copied ({', '.join(f'c{n} text' for n in range(len(rows[0])))})"
        )
        begun = time.perf_counter()
        sql.cursor.copy_expert("COPY bench_copied FROM STDIN WITH (FORMAT csv)", text)
        spent = time.perf_counter() - begun
        sql.execute("DROP TABLE bench_copied")
    return len(rows) / spent


if __name__ == "__main__":
    sys.exit(main())
