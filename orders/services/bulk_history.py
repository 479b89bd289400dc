"""Sales history by the file, one row a line: orders, what came back, deliveries, quotes.

A row with a quantity below 0 is goods that came back: its invoice becomes a return, not an order.
Customers and products that nobody knows are added on the way. What was imported before is left as
it is; an order that we have with another content is reported. Each row stands by itself: a bad one
goes to the report and not into the order. History reserves nothing.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from kit import bulk
from people.models import User

# What a file calls a product may be longer than a SKU; then its hash keeps two apart.
_SKU: Final = (
    "CASE WHEN length({0}) <= 60 THEN {0} ELSE left({0}, 51) || '-' || left(md5({0}), 8) END"
)
# An account is found by its id or its name, a product by its id or SKU; whatever is left is made.
_FIND: Final = (
    """
    UPDATE staged s SET account_id = a.id FROM crm_account a WHERE a.external_id = s.account
    """,
    """
    UPDATE staged s SET account_id = a.id
    FROM (SELECT lower(name) AS low, min(id) AS id FROM crm_account GROUP BY 1 HAVING count(*) = 1) a
    WHERE s.account_id IS NULL AND a.low = lower(coalesce(s.account_name, s.account))
    """,
    f"""
    UPDATE staged s SET product_id = p.id FROM orders_product p
    WHERE upper(p.sku) = upper({_SKU.format("s.product")})
    """,
    """
    UPDATE staged s SET target = o.id FROM orders_order o WHERE o.number = s.number
    """,
    """
    UPDATE staged s SET target = r.id FROM orders_orderreturn r
    WHERE s.quantity < 0 AND r.external_id = s.number
    """,
)
HISTORY_CHECKS: Final[bulk.Checks] = (
    """
    SELECT false, row, 'quantity', 'A line of nothing.' FROM staged WHERE quantity = 0
    """,
    """
    SELECT false, row, 'unit_price', 'A line that was sold has a price above 0.' FROM staged
    WHERE unit_price < 0 OR (unit_price = 0 AND NOT coalesce(free, false))
    """,
    """
    SELECT false, s.row, 'account', 'Row ' || f.row || ' names another account for '
        || s.number || '.'
    FROM staged s JOIN (
        SELECT DISTINCT ON (number) number, row, account FROM staged ORDER BY number, row
    ) f USING (number) WHERE s.account IS DISTINCT FROM f.account
    """,
    """
    SELECT false, s.row, 'number', 'There is an order ' || s.number
        || ' already that was not imported.'
    FROM staged s JOIN orders_order o ON o.id = s.target
    WHERE s.quantity > 0 AND o.source <> 'import'
    """,
)
_ACCOUNTS: Final = """
WITH new AS (
    SELECT DISTINCT ON (account) account, account_name, country, row FROM staged
    WHERE account_id IS NULL ORDER BY account, row
), made AS (
    INSERT INTO crm_account (name, external_id, tier, industry, currency, credit_hold,
        credit_hold_reason, website, tax_number, street, postcode, city, region, country, phone,
        is_active, created_at, updated_at)
    SELECT coalesce(account_name, CASE WHEN account ~ '^[0-9]+$' THEN 'Customer ' || account
           ELSE account END), account, 'standard', '', 'EUR', false, '', '', '', '', '', '', '',
        coalesce(country, ''), '', true, %(at)s, %(at)s
    FROM new ORDER BY row
    RETURNING id, name, external_id
)
""" + bulk.journal(
    "crm.account", "made.name", "made.id",
    "(SELECT id, name, '{}'::jsonb AS data FROM made)", "crm.account.imported",
)  # fmt: skip
_PRODUCTS: Final = f"""
WITH new AS (
    SELECT DISTINCT ON (upper(product)) product, product_name, row FROM staged
    WHERE product_id IS NULL ORDER BY upper(product), product_name IS NULL, row
), made AS (
    INSERT INTO orders_product (sku, name, category, unit, pack_size, minimum_quantity,
        lead_time_days, discontinued)
    SELECT {_SKU.format("product")}, left(coalesce(product_name, product), 200), '', 'piece', 1, 1, 10,
        false
    FROM new ORDER BY row
    RETURNING id, sku, name
)
""" + bulk.journal(
    "orders.product", "made.name", "NULL",
    "(SELECT id, sku || ' ' || name AS name, '{}'::jsonb AS data FROM made)",
    "orders.product.imported",
)  # fmt: skip
_QUOTES: Final = (
    """
    INSERT INTO orders_quotefamily (number, account_id, title, currency, amount, status,
        valid_until, sent_at, decided_at, lost_reason, created_at)
    SELECT left(s.quote, 20), min(s.account_id), 'Quote ' || s.quote, min(coalesce(s.currency, 'EUR')),
        round(sum(s.quantity * s.unit_price), 2), 'won',
        min(s.quote_sent_on) + 30, min(s.quote_sent_on) + time '12:00', min(s.quote_sent_on)
        + time '12:00', '', %(at)s
    FROM staged s
    WHERE s.quote IS NOT NULL AND s.quote_sent_on IS NOT NULL AND s.quantity > 0
      AND NOT EXISTS (SELECT FROM orders_quotefamily f WHERE f.number = left(s.quote, 20))
    GROUP BY s.quote
    """,
    """
    INSERT INTO orders_quoterevision (family_id, number, option, status, valid_until,
        payment_terms, intro, terms, net, approval_needed, content_hash, approved_hash, link_key,
        created_at, sent_at, decided_at, accepted_name, accepted_hash)
    SELECT f.id, 1, '', 'draft', f.valid_until, '', '', '', f.amount, true, '', '',
        substr(md5(random()::text || f.id), 1, 16), f.created_at, f.sent_at, f.decided_at, '', ''
    FROM orders_quotefamily f WHERE f.number IN (SELECT left(quote, 20) FROM staged)
      AND NOT EXISTS (SELECT FROM orders_quoterevision r WHERE r.family_id = f.id)
    """,
    """
    INSERT INTO orders_quoteline (revision_id, position, text, quantity, unit_price,
        discount_percent, price_why, tax_percent, net)
    SELECT r.id, 1, f.title, 1, f.amount, 0, '', 0, f.amount
    FROM orders_quoterevision r JOIN orders_quotefamily f ON f.id = r.family_id
    WHERE r.status = 'draft' AND f.status = 'won'
      AND f.number IN (SELECT left(quote, 20) FROM staged)
      AND NOT EXISTS (SELECT FROM orders_quoteline l WHERE l.revision_id = r.id)
    """,
    """
    UPDATE orders_quoterevision r SET approval_needed = false, status = 'accepted',
        accepted_name = 'imported', accepted_hash = r.content_hash
    FROM orders_quotefamily f
    WHERE f.id = r.family_id AND r.status = 'draft' AND f.status = 'won'
      AND f.number IN (SELECT left(quote, 20) FROM staged)
    """,
)
_ORDERS: Final = (
    """
WITH made AS (
    INSERT INTO orders_order (number, account_id, quote_id, status, po_number, currency, net,
        placed_at, confirmed_at, promised_on, shipped_at, delivered_at, ship_name, ship_street,
        ship_postcode, ship_city, ship_country, hold_reason, external_id, source, version)
    SELECT s.number, min(s.account_id), min(f.id),
        CASE WHEN bool_and(s.delivered_on IS NOT NULL) THEN 'delivered' ELSE 'shipped' END, '',
        min(coalesce(s.currency, 'EUR')), sum(round(s.quantity * s.unit_price, 4)),
        min(s.begun), min(s.begun), max(s.scheduled_on),
        coalesce(max(s.delivered_on) + time '12:00', min(s.begun)),
        CASE WHEN bool_and(s.delivered_on IS NOT NULL) THEN max(s.delivered_on) + time '12:00' END,
        left(min(a.name), 200), '', '', '', min(coalesce(s.country, a.country, '')), '', s.number,
        'import', 1
    FROM (SELECT *, coalesce(placed_at, scheduled_on + time '12:00', delivered_on + time '12:00',
                             %(at)s) AS begun FROM staged) s
    JOIN crm_account a ON a.id = s.account_id
    LEFT JOIN orders_quotefamily f ON f.number = left(s.quote, 20)
    WHERE s.quantity > 0 AND s.target IS NULL GROUP BY s.number ORDER BY min(s.row)
    RETURNING id, number AS name, account_id, '{}'::jsonb AS data
), told AS (
"""
    + bulk.journal("orders.order", "made.name", "made.account_id", "made", "orders.order.imported")
    + """
)
INSERT INTO orders_orderline (order_id, position, product_id, quantity, unit_price, price_source,
    discount_percent, net, reserved, shipped, expected_on)
SELECT m.id, row_number() OVER (PARTITION BY m.id ORDER BY s.row), s.product_id, s.quantity,
    s.unit_price, 'import', 0, round(s.quantity * s.unit_price, 4), 0, s.quantity, s.scheduled_on
FROM made m JOIN staged s ON s.number = m.name AND s.quantity > 0
"""
)
# What came back, by the invoice that says so.
_RETURNS: Final = (
    """
WITH made AS (
    INSERT INTO orders_orderreturn (number, account_id, order_id, currency, net, reason, cause,
        note, status, external_id, asked_at, received_at, closed_at)
    SELECT 'RMA-' || nextval('orders_return_number'), g.* FROM (
        SELECT min(s.account_id), NULL::bigint, min(coalesce(s.currency, 'EUR')),
            sum(round(-s.quantity * s.unit_price, 4)), 'changed_mind', 'customer', '', 'closed',
            s.number, min(coalesce(s.placed_at, %(at)s)), min(coalesce(s.placed_at, %(at)s)),
            min(coalesce(s.placed_at, %(at)s))
        FROM staged s WHERE s.quantity < 0 AND s.target IS NULL GROUP BY s.number
        ORDER BY min(s.row)) g
    RETURNING id, external_id AS name, account_id, '{}'::jsonb AS data
), told AS (
"""
    + bulk.journal(
        "orders.orderreturn", "made.name", "made.account_id", "made", "orders.return.imported"
    )
    + """
)
INSERT INTO orders_returnline (order_return_id, line_id, product_id, unit_price, quantity, restocked)
SELECT m.id, NULL, s.product_id, s.unit_price, -s.quantity, 0
FROM made m JOIN staged s ON s.number = m.name AND s.quantity < 0
"""
)
# A delivery is what left together and came together: one reference, one day.
_SHIPMENTS: Final = """
WITH sent AS (
    SELECT l.id AS line_id, l.order_id, l.quantity, s.shipment, s.delivered_on
    FROM (SELECT *, row_number() OVER (PARTITION BY number ORDER BY row) AS position
          FROM staged WHERE quantity > 0 AND target IS NULL) s
    JOIN orders_order o ON o.number = s.number
    JOIN orders_orderline l ON l.order_id = o.id AND l.position = s.position
    WHERE s.delivered_on IS NOT NULL
), made AS (
    INSERT INTO orders_shipment (number, order_id, carrier, tracking_number, shipped_at,
        delivered_at, received_by)
    SELECT 'SH-' || nextval('orders_shipment_number'), order_id, '', coalesce(shipment, ''),
        delivered_on + time '12:00', delivered_on + time '12:00', ''
    FROM (SELECT DISTINCT order_id, shipment, delivered_on FROM sent) d
    RETURNING id, order_id, tracking_number, delivered_at
)
INSERT INTO orders_shipmentline (shipment_id, line_id, quantity)
SELECT m.id, s.line_id, s.quantity FROM sent s
JOIN made m ON m.order_id = s.order_id AND m.tracking_number = coalesce(s.shipment, '')
    AND m.delivered_at = s.delivered_on + time '12:00'
"""


def find_staged_history() -> None:
    """Fill in the accounts, products, orders and returns that we know already."""
    for statement in _FIND:
        bulk.run(statement)


@transaction.atomic
def import_history(*, by: User | None, at: datetime, data: str) -> bulk.Written:
    """Add the orders, returns, deliveries and quotes that the rows of `staged` tell of."""
    values = bulk.actor(by, at, data)
    known = bulk.number("SELECT count(DISTINCT number) FROM staged WHERE target IS NOT NULL")
    new = bulk.number("SELECT count(DISTINCT number) FROM staged WHERE target IS NULL")
    bulk.run(_ACCOUNTS, values)
    # A statement does not see what it inserts itself: the keys are looked up by another one.
    bulk.run(_FIND[0])
    bulk.run(_PRODUCTS, values)
    bulk.run(_FIND[2])
    for statement in _QUOTES:
        bulk.run(statement, values)
    bulk.run(_ORDERS, values)
    bulk.run(_RETURNS, values)
    bulk.run(_SHIPMENTS)
    return bulk.Written(new, 0, known)
