"""A company to search in: requests spread over many accounts, as many orders, rare and common words."""

from datetime import UTC, datetime

from django.db import connection

from bench import figures
from bench.fill import fill as fill_requests

# The word at the end stands in one request of 2,000; "flange" in one of 7; "pump" in all.
SPREAD = """
UPDATE desk_salesrequest SET
  account_id = (%(accounts)s::bigint[])[1 + (id * 7919) %% %(n)s],
  subject = subject || CASE WHEN id %% 7 = 0 THEN ' and flange' ELSE '' END
    || CASE WHEN id %% 2000 = 0 THEN ' kalahari' ELSE '' END
WHERE source = 'bench'
"""
ACCOUNTS = """
INSERT INTO crm_account (name, tier, industry, currency, credit_hold, credit_hold_reason, website, tax_number, street,
  postcode, city, region, country, phone, is_active, created_at, updated_at)
SELECT (ARRAY['Northgate', 'Rivermouth', 'Halden', 'Oakfield', 'Stonebridge', 'Lakeside', 'Harbour'])
       [1 + i %% 7] || ' ' || (ARRAY['Water', 'Foods', 'Marine', 'Chemicals', 'Paper'])[1 + i %% 5]
       || ' ' || i,
  'standard', 'bench', 'EUR', false, '', '', '', 'Pump Lane 1', '1', 'Leeds', '', 'UK', '', true, now(), now()
FROM generate_series(1, %(n)s) AS i
"""
ORDERS = """
INSERT INTO orders_order (number, account_id, coordinator_id, team_id, status, po_number, currency,
  net, placed_at, confirmed_at, shipped_at, delivered_at, ship_name, ship_street, ship_postcode,
  ship_city, ship_country, hold_reason, source, version, rep_id)
SELECT 'SO-' || 100000 + i, (%(accounts)s::bigint[])[1 + (i * 104729) %% %(n)s], %(coordinator)s,
  %(team)s, CASE WHEN i > %(rows)s - 2000 THEN 'draft' ELSE 'delivered' END,
  (4500000000 + i)::text, 'EUR', 300, at, at, at, at, '', '', '', '', '', '', 'bench', 1, %(rep)s
FROM (SELECT i, now() - (%(rows)s - i) * interval '20 s' AS at
      FROM generate_series(1::bigint, %(rows)s) AS i) s
"""


def fill(stage: figures.Stage, rows: int) -> None:
    """Replace what is there by `rows` requests, `rows` orders and a tenth as many accounts."""
    n = max(rows // 10, 100)
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
        sql.execute("TRUNCATE orders_order, orders_stockmove CASCADE")
    fill_requests(
        rows, account_id=stage.account.pk, rep=stage.rep, coordinator=stage.coordinator,
        team=stage.team,
    )  # fmt: skip
    with connection.cursor() as sql:
        sql.execute("SET statement_timeout = 0")
        sql.execute("DELETE FROM crm_account WHERE industry = 'bench'")
        sql.execute(ACCOUNTS, {"n": n})
        sql.execute("SELECT array_agg(id ORDER BY id) FROM crm_account WHERE industry = 'bench'")
        values = {
            "accounts": sql.fetchone()[0], "n": n, "rows": rows, "rep": stage.rep.pk,
            "coordinator": stage.coordinator.pk, "team": stage.team.pk, "now": datetime.now(UTC),
        }  # fmt: skip
        sql.execute(SPREAD, values)
        sql.execute(ORDERS, values)
        sql.execute("VACUUM ANALYZE")
