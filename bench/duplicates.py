"""The scan for duplicates, one new record, and the page of quality, at growing sizes.

    python -m bench.duplicates [ACCOUNTS ...]      default 10000 100000 1000000; writes bench/duplicates.json

Names are put together from words of real companies, one in fifty accounts is a copy with a slip, and
telephones, streets and towns are as scarce as in a real market. The limit beside the scan is reading
the same rows and nothing else.
"""

import json
import os
import resource
import statistics
import sys
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
from crm import scored
from crm.matching.prints import ACCOUNT_FIELDS
from crm.models import Account, DuplicatePair, DuplicateScan, MatchKey, RecordScore
from crm.services import duplicates, scores
from people.models import User

_FIRST = """Kestrel Northgate Halden Umbria Solent Brandt Lindqvist Porto Azul Delft Rotterdam Meridian Falcon
Juniper Granite Cobalt Willow Beacon Pioneer Quarry Tundra Velvet Orchard Lantern Summit Harvest Copper Alder
Birch Cedar Drake Ember Fjord Garnet Hazel Indigo Jasper Kite Larch Maple Nova Onyx Pearl Quartz Raven Sable
Teal Umber Violet Wren Xenon Yarrow Zephyr Albion Boreas Castor Dorado Eider Fulmar Gannet Heron"""
FIRST = _FIRST.split()
_SECOND = """Water Marine Pumps Valves Foods Chemie Biotech Hotels Yachts Offshore Paper Steel Textiles Dairy
Brewery Logistics Energy Mining Glass Cement Timber Fisheries Airways Railways Clinics Colleges"""
SECOND = _SECOND.split()
FORMS = ["Ltd", "GmbH", "B.V.", "S.A.", "AB", "Inc", "Oy", "SpA"]
FILL = """
INSERT INTO crm_account (name, tier, industry, website, tax_number, currency, credit_hold, credit_hold_reason,
    street, postcode, city, region, country, phone, custom, is_active, created_at, updated_at)
SELECT (%(a)s::text[])[1 + n %% %(na)s] || ' ' || (%(b)s::text[])[1 + (n / %(na)s) %% %(nb)s] || ' '
    || (%(a)s::text[])[1 + (n / 1560) %% %(na)s] || CASE WHEN n > 93600 THEN ' ' || (n / 93600) ELSE '' END
    || ' ' || (%(f)s::text[])[1 + n %% 8],
    'standard', '', '', '', 'EUR', false, '', 'Street ' || (n %% 700) || ' ' || (n %% 97),
    lpad((n %% 9000)::text, 5, '0'), 'Town ' || (n %% 4000), '', 'Germany',
    '+49 30 ' || lpad(((n * 7919::bigint) %% 9999991)::text, 7, '0'), '{}', true, now(), now()
FROM generate_series(1, %(size)s) AS n
"""
COPIES = """
INSERT INTO crm_account (name, tier, industry, website, tax_number, currency, credit_hold, credit_hold_reason,
    street, postcode, city, region, country, phone, custom, is_active, created_at, updated_at)
SELECT upper(overlay(name placing '' from 4 for 1)), tier, industry, website, tax_number, currency, false, '',
    street, postcode, city, region, country, replace(phone, '+49 30 ', '030/'), '{}', true, now(), now()
FROM crm_account WHERE id % 50 = 0
"""


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    rows = [row for size in sizes for row in measure(size)]
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def fill(size: int) -> None:
    for model in (DuplicatePair, DuplicateScan, MatchKey, RecordScore):
        model.objects.all().delete()
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
        sql.execute("DELETE FROM crm_contact")
        sql.execute("DELETE FROM crm_account")
        values = {
            "a": FIRST,
            "na": len(FIRST),
            "b": SECOND,
            "nb": len(SECOND),
            "f": FORMS,
            "size": size,
        }
        sql.execute(FILL, values)
        sql.execute(COPIES)
        sql.execute("ANALYZE crm_account")


def measure(size: int) -> list[dict]:
    fill(size)
    now = timezone.now()
    start = time.perf_counter()
    read = sum(1 for _ in Account.objects.values(*ACCOUNT_FIELDS).iterator(5_000))
    bare = time.perf_counter() - start
    duplicates.ask_scan("account", by=None, at=now)
    start = time.perf_counter()
    scan = duplicates.run_next_scan(at=now)
    spent = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{read} accounts: {scan.compared} compared, {scan.found} pairs, {scan.skipped} large blocks, {memory:.0f} MB"
    )
    rows = [
        figure(
            "scan for duplicates", size, spent, "s", bare, 60 * max(1, size / 100_000), lower=True
        ),
        figure("copies found", size, scan.found / (size // 50), "ratio", None, 0.9, lower=False),
    ]
    with connection.cursor() as sql:
        sql.execute("ANALYZE crm_matchkey")
    rows.append(
        figure("what looks like a new account, p50", size, new_record(), "ms", None, 50, lower=True)
    )
    start = time.perf_counter()
    scores.refresh_all(at=now)
    rows.append(
        figure(
            "scoring everything",
            size,
            time.perf_counter() - start,
            "s",
            None,
            120 * max(1, size / 100_000),
            lower=True,
        )
    )
    rows.append(figure("page of quality, reads, p50", size, page(), "ms", None, 50, lower=True))
    return rows


def new_record() -> float:
    values = {
        "name": "Kestrel Water Halden",
        "city": "Town 17",
        "country": "Germany",
        "phone": "030 1234567",
    }
    return p50(lambda: duplicates.similar("account", values))


def page() -> float:
    user, _ = User.objects.get_or_create(
        email="quality@bench.example", defaults={"is_superuser": True}
    )

    def read() -> None:
        scored.overview(user, "account", "owner", {})
        scored.worst(user, "account", filters={}, gap="", after="")

    return p50(read)


def p50(work) -> float:
    spent = []
    for _ in range(15):
        start = time.perf_counter()
        work()
        spent.append((time.perf_counter() - start) * 1000)
    return statistics.median(spent)


if __name__ == "__main__":
    sys.exit(main())
