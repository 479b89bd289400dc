"""Orders with their lines by the file: a few statements over `staged` and `staged_lines`.

An order that was imported before and not worked on since is brought up to date; one that was made
or changed in the portal is left alone and reported. History reserves nothing and is not checked.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from crm import services as crm
from kit import bulk
from people.models import User

# A flat file has one row per line: its orders are the distinct ones, each from its first row.
SPLIT: Final = (
    """
    INSERT INTO staged_lines (row, number, product, quantity, unit_price, discount)
    SELECT row, number, product, quantity, unit_price, discount FROM staged
    """,
    """
    DELETE FROM staged s USING (
        SELECT number, min(row) AS first FROM staged GROUP BY number) o
    WHERE o.number = s.number AND s.row <> o.first
    """,
)
_HEADER: Final = (
    "account", "placed_at", "wanted_on", "promised_on", "shipped_at", "delivered_at",
    "cancelled_at", "status", "po_number", "currency", "rep",
)  # fmt: skip
# Before the split: rows of one order must agree about the order.
FLAT_CHECKS: Final[bulk.Checks] = tuple(
    f"""
    SELECT false, s.row, '{column}', 'Row ' || o.first || ' says something else about order '
           || s.number || '.'
    FROM staged s JOIN (SELECT number, min(row) AS first FROM staged GROUP BY number) o USING (number)
    JOIN staged f ON f.row = o.first
    WHERE s.{column} IS DISTINCT FROM f.{column}
    """
    for column in _HEADER
)
ORDER_CHECKS: Final[bulk.Checks] = (
    crm.ACCOUNT_IS_KNOWN,
    bulk.twice("number", "This order stands already in"),
    """
    SELECT true, l.row, 'product', 'No product has the id or SKU “' || l.product || '”.'
    FROM staged_lines l WHERE l.product_id IS NULL
    """,
    """
    SELECT true, l.row, 'number', 'The order ' || l.number || ' is missing or has a problem itself.'
    FROM staged_lines l WHERE NOT EXISTS (SELECT FROM staged s WHERE s.number = l.number)
    """,
    """
    SELECT false, s.row, 'number', 'There is an order ' || s.number
           || CASE WHEN o.source = 'import' THEN ' that was changed here since it was imported.'
                   ELSE ' already that was not imported.' END
    FROM staged s JOIN orders_order o ON o.id = s.target
    WHERE o.source <> 'import' OR o.version > 1
    """,
    """
    SELECT false, s.row, 'rep', 'No colleague has the name or address “' || s.rep || '”.'
    FROM staged s WHERE s.rep IS NOT NULL AND s.rep_id IS NULL
    """,
)
# After the others: an order stands or falls with its lines.
WHOLE_CHECKS: Final[bulk.Checks] = (
    """
    SELECT false, s.row, '', 'A line of the order has a problem (row ' || min(b.row) || ').'
    FROM staged s JOIN staged_bad b ON b.number = s.number GROUP BY s.row
    """,
    """
    SELECT false, s.row, '', 'The order has no lines.'
    FROM staged s WHERE NOT EXISTS (SELECT FROM staged_lines l WHERE l.number = s.number)
      AND NOT EXISTS (SELECT FROM staged_bad b WHERE b.number = s.number)
    """,
)
_FIND_PRODUCTS: Final = """
WITH named AS (SELECT DISTINCT product FROM staged_lines WHERE product IS NOT NULL),
found AS (
    SELECT n.product, coalesce(e.id, k.id) AS id FROM named n
    LEFT JOIN orders_product e ON e.external_id = n.product
    LEFT JOIN orders_product k ON upper(k.sku) = upper(n.product)
)
UPDATE staged_lines l SET product_id = f.id FROM found f
WHERE f.product = l.product AND f.id IS NOT NULL
"""
_FIND_ORDERS: Final = """
UPDATE staged s SET target = o.id FROM orders_order o WHERE o.number = s.number
"""
_FIND_REPS: Final = """
UPDATE staged s SET rep_id = u.id, team_id = u.team_id
FROM (SELECT DISTINCT ON (n.rep) n.rep, u.id, u.team_id
      FROM (SELECT DISTINCT rep FROM staged WHERE rep IS NOT NULL) n
      JOIN people_user u ON lower(u.email) = lower(n.rep) OR lower(u.name) = lower(n.rep)
      ORDER BY n.rep, lower(u.email) = lower(n.rep) DESC, u.id) u
WHERE u.rep = s.rep
"""
_STATUS: Final = """coalesce(s.status, CASE
    WHEN s.cancelled_at IS NOT NULL THEN 'cancelled' WHEN s.delivered_at IS NOT NULL THEN 'delivered'
    WHEN s.shipped_at IS NOT NULL THEN 'shipped' ELSE 'confirmed' END)"""
# What an order and its lines come to, in one place for new ones, changed ones and the comparison.
_READY: Final = f"""
CREATE TEMP TABLE staged_ready ON COMMIT DROP AS
WITH priced AS (
    SELECT row, number, product_id, quantity, unit_price, discount,
        row_number() OVER (PARTITION BY number ORDER BY row) AS position,
        round(quantity * unit_price * (1 - discount / 100), 4) AS net
    FROM (SELECT l.row, l.number, l.product_id, l.quantity, l.unit_price,
                 coalesce(l.discount, 0) AS discount FROM staged_lines l) AS plain
), whole AS (
    SELECT number, sum(net) AS net,
        md5(string_agg(concat_ws('|', product_id, trim_scale(quantity), trim_scale(unit_price),
                                 trim_scale(discount)), ',' ORDER BY position)) AS lines
    FROM priced GROUP BY number
)
SELECT s.row, s.target, s.number, s.account_id, s.rep_id, s.team_id, s.placed_at, s.wanted_on,
    s.promised_on, s.shipped_at, s.delivered_at, s.cancelled_at, {_STATUS} AS status,
    coalesce(s.po_number, '') AS po_number, coalesce(s.currency, a.currency) AS currency,
    coalesce(s.ship_name, a.name) AS ship_name, coalesce(s.ship_street, '') AS ship_street,
    coalesce(s.ship_postcode, '') AS ship_postcode, coalesce(s.ship_city, '') AS ship_city,
    coalesce(s.ship_country, '') AS ship_country, w.net, w.lines
FROM staged s JOIN whole w USING (number) JOIN crm_account a ON a.id = s.account_id
"""
_FIELDS: Final = """account_id, rep_id, team_id, placed_at, wanted_on, promised_on, shipped_at,
    delivered_at, cancelled_at, status, po_number, currency, ship_name, ship_street, ship_postcode,
    ship_city, ship_country, net"""
_SAME: Final = f"""
DELETE FROM staged_ready r USING orders_order o, (
    SELECT l.order_id, md5(string_agg(concat_ws('|', l.product_id, trim_scale(l.quantity),
        trim_scale(l.unit_price), trim_scale(l.discount_percent)), ',' ORDER BY l.position)) AS lines
    FROM orders_orderline l WHERE l.order_id IN (SELECT target FROM staged_ready) GROUP BY 1) old
WHERE o.id = r.target AND old.order_id = o.id AND old.lines = r.lines
  AND ({", ".join(f"o.{name.strip()}" for name in _FIELDS.split(","))})
    IS NOT DISTINCT FROM ({", ".join(f"r.{name.strip()}" for name in _FIELDS.split(","))})
"""
_CHANGED: Final = f"""
WITH gone AS (
    DELETE FROM orders_orderline WHERE order_id IN (SELECT target FROM staged_ready)
), made AS (
    UPDATE orders_order o SET ({_FIELDS}) =
        ({", ".join(f"r.{name.strip()}" for name in _FIELDS.split(","))})
    FROM staged_ready r WHERE o.id = r.target
    RETURNING o.id, o.number AS name, o.account_id, '{{}}'::jsonb AS data
)
""" + bulk.journal("orders.order", "made.name", "made.account_id", "made", "orders.order.imported")
_NEW: Final = f"""
WITH made AS (
    INSERT INTO orders_order (number, {_FIELDS}, confirmed_at, external_id, source, version,
        hold_reason)
    SELECT number, {_FIELDS}, CASE WHEN status <> 'cancelled' THEN placed_at END, number, 'import',
        1, ''
    FROM staged_ready WHERE target IS NULL ORDER BY row
    RETURNING id, number AS name, account_id, '{{}}'::jsonb AS data
)
""" + bulk.journal("orders.order", "made.name", "made.account_id", "made", "orders.order.imported")
_LINES: Final = """
INSERT INTO orders_orderline (order_id, position, product_id, quantity, unit_price, price_source,
    discount_percent, net, reserved, shipped)
SELECT o.id, row_number() OVER (PARTITION BY o.id ORDER BY l.row), l.product_id, l.quantity,
    l.unit_price, 'import', coalesce(l.discount, 0),
    round(l.quantity * l.unit_price * (1 - coalesce(l.discount, 0) / 100), 4), 0,
    CASE WHEN r.status IN ('shipped', 'delivered', 'closed') THEN l.quantity ELSE 0 END
FROM staged_ready r JOIN orders_order o ON o.number = r.number
JOIN staged_lines l ON l.number = r.number
ORDER BY o.id, l.row
"""


def find_staged_orders() -> None:
    """Fill in the accounts, products, reps and known orders that the rows name."""
    crm.find_accounts()
    for statement in (_FIND_PRODUCTS, _FIND_ORDERS, _FIND_REPS):
        bulk.run(statement)


@transaction.atomic
def import_orders(*, by: User | None, at: datetime, data: str) -> bulk.Written:
    """Add or bring up to date the orders of `staged` with the lines of `staged_lines`."""
    values = bulk.actor(by, at, data)
    bulk.run("DROP TABLE IF EXISTS staged_ready")
    bulk.run(_READY)
    known = bulk.number("SELECT count(*) FROM staged_ready WHERE target IS NOT NULL")
    unchanged = bulk.run(_SAME) if known else 0
    changed = bulk.run(_CHANGED, values) if known > unchanged else 0
    created = bulk.run(_NEW, values)
    bulk.run(_LINES)
    return bulk.Written(created, changed, unchanged)
