"""Lists of records: a name fragment, a page of accounts and deals in each order, the board, counts.

    python -m bench.records [ROWS ...]      default 10000 100000 1000000; writes bench/records.json

So many accounts, as many deals; one in ten deals is open. The limit beside a figure is a bare SELECT
of fifty rows by the key. The words: "kalahari" stands in one name of 2,000, "water" in one of five.
"""

import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).parents[1] / ".data" / "bench"))

import django

django.setup()

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.test import Client

from bench.followups import figure
from bench.search_fill import ACCOUNTS
from crm.defaults import ensure_pipeline
from crm.models import CustomField
from crm.queries import board, lists
from crm.queries.listings import LISTINGS
from people import roles
from people.models import Role, Team, User, WorkingCalendar

RUNS = 15
# Names begin with a word of their own, as those of companies do; common words stand behind it.
NAMES = """
UPDATE crm_account SET name = initcap(translate(left(md5(id::text), 7), '0123456789', 'aeioulnrst'))
  || ' ' || name || CASE WHEN id % 2000 = 0 THEN ' Kalahari' ELSE '' END
"""
DEALS = """
INSERT INTO crm_deal (name, account_id, owner_id, agent, pipeline_id, stage_id, status, stage_since,
  amount, currency, close_on, next_step, competitors, source, lost_note, opened_at, closed_at,
  touched_at, created_at, updated_at, custom)
SELECT 'Pumps ' || i, (%(accounts)s::bigint[])[1 + i %% %(n)s], %(owner)s, '', %(pipeline)s,
  CASE WHEN i %% 10 = 0 THEN (%(open)s::bigint[])[1 + (i / 10) %% 4] ELSE %(won)s END,
  CASE WHEN i %% 10 = 0 THEN 'open' ELSE 'won' END, at, (i * 7919) %% 90000, 'EUR',
  (at + interval '60 days')::date, CASE WHEN i %% 30 = 0 THEN '' ELSE 'Call' END, '{}', '', '', at,
  CASE WHEN i %% 10 = 0 THEN NULL ELSE at + interval '30 days' END, at, at, at, '{}'
FROM (SELECT i, now() - interval '400 days' - (%(rows)s - i) * interval '60 s' AS at
      FROM generate_series(1::bigint, %(rows)s) AS i) s
"""


def main() -> int:
    sizes = [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    roles.sync()
    user = somebody()
    rows = []
    for size in sizes:
        fill(size, user)
        rows += measure(size, user)
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)
    return 0 if all(row["ok"] for row in rows) else 1


def somebody() -> User:
    calendar, _ = WorkingCalendar.objects.get_or_create(
        name="Bench", defaults={"zone": "Europe/Amsterdam"}
    )
    team, _ = Team.objects.get_or_create(name="Bench records", defaults={"calendar": calendar})
    user, _ = User.objects.get_or_create(
        email="records@bench.example", defaults={"name": "Bench", "team": team}
    )
    user.groups.add(Group.objects.get(name=Role.COORDINATOR.value))
    CustomField.objects.get_or_create(
        kind="account", key="pumps", defaults={"label": "Pumps", "type": "number"}
    )
    return user


def fill(size: int, user: User) -> None:
    stages = list(ensure_pipeline().stages.order_by("position"))
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
        sql.execute("TRUNCATE crm_account CASCADE")
        sql.execute("TRUNCATE crm_customvalue")
        sql.execute(ACCOUNTS, {"n": size})
        sql.execute(NAMES)
        sql.execute(
            "UPDATE crm_account SET custom = jsonb_build_object('pumps', id % 500) WHERE id % 10 = 0"
        )
        sql.execute("SELECT array_agg(id ORDER BY id) FROM crm_account")
        accounts = sql.fetchone()[0]
        sql.execute(DEALS, {
            "accounts": accounts, "n": len(accounts), "owner": user.pk, "rows": size,
            "pipeline": stages[0].pipeline_id, "won": stages[4].pk,
            "open": [stage.pk for stage in stages[:4]],
        })  # fmt: skip
        sql.execute("VACUUM ANALYZE")


def measure(size: int, user: User) -> list[dict]:
    bare = timed(bare_select)
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="people.accounts.OneQueryBackend")
    rows = []

    def add(name: str, work, floor: float) -> None:
        rows.append(figure(name, size, timed(work), "ms", bare, floor, lower=True))

    for word, query in (("rare", "q=kalahari"), ("common", "q=water"), ("none", "q=zzyzx")):
        add(
            f"accounts by a {word} fragment, rows of a page",
            lambda q=query: page("account", user, q),
            15.0,
        )
        add(
            f"accounts by a {word} fragment, counted",
            lambda q=query: counted("account", user, q),
            60.0,
        )
    for order in LISTINGS["account"].orders:
        add(f"accounts in order: {order}", lambda o=order: page("account", user, f"sort={o}"), 15.0)
    for order in LISTINGS["deal"].orders:
        add(f"open deals in order: {order}", lambda o=order: page("deal", user, f"sort={o}"), 60.0)
    add(
        "accounts by a range of an own field",
        lambda: page("account", user, "cf_pumps_min=490"),
        60.0,
    )
    add("the board: cards, counts, sums", lambda: deals(user), 150.0)
    add("page of accounts", lambda: client.get("/accounts/"), 100.0)
    add("page of deals", lambda: client.get("/deals/"), 150.0)
    return rows


def page(kind: str, user: User, query: str) -> None:
    known = lists.known_of(kind, user, datetime.now(UTC))
    listing, data = LISTINGS[kind], QueryDict(query)
    shown = lists.shown_of(listing, known, "")
    rows = lists.rows_for(kind, user, data, known=known)
    lists.one_page(listing, rows, lists.said_of(data), shown.paths, "")


def counted(kind: str, user: User, query: str) -> None:
    lists.capped_count(lists.rows_for(kind, user, QueryDict(query)))


def deals(user: User) -> None:
    known = lists.known_of("deal", user, datetime.now(UTC))
    rows = lists.rows_for("deal", user, {"status": "any"}, known=known)
    board.deals(rows, board.pipeline_of("", known), known)


def bare_select() -> None:
    with connection.cursor() as sql:
        sql.execute("SELECT id, name, city, country, tier FROM crm_account ORDER BY id LIMIT 50")
        sql.fetchall()


def timed(work, runs: int = RUNS) -> float:
    """Milliseconds, the median."""
    work()
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
