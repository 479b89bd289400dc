"""Products with their prices and stock by the file: a few statements over all rows of `staged`.

An empty cell changes nothing. A product is found by its external id, else by its SKU. A new price
ends the one before; stock is set by a move of the difference, so that moves stay authoritative.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from kit import bulk
from orders.queries.prices import portal_day
from people.models import User

# Stock without the name of a warehouse lies in the first one.
_HOUSE: Final = "coalesce(s.warehouse, (SELECT code FROM orders_warehouse ORDER BY id LIMIT 1))"
_FIND: Final = """
UPDATE staged s SET target = p.id FROM orders_product p WHERE p.external_id = s.external_id
"""
_FIND_BY_SKU: Final = """
UPDATE staged s SET target = p.id FROM orders_product p
WHERE s.target IS NULL AND upper(p.sku) = upper(s.sku)
"""
PRODUCT_CHECKS: Final[bulk.Checks] = (
    bulk.twice("upper(sku)", "This SKU stands already in", column="sku"),
    bulk.twice("external_id", "This id stands already in"),
    bulk.twice("target", "This is the same product as in", column="sku"),
    """
    SELECT false, s.row, 'external_id', p.sku || ' has another id: ' || p.external_id || '.'
    FROM staged s JOIN orders_product p ON p.id = s.target
    WHERE s.external_id IS NOT NULL AND p.external_id <> s.external_id
    """,
    """
    SELECT false, s.row, 'sku', 'The SKU ' || s.sku || ' belongs to another product.'
    FROM staged s JOIN orders_product p ON upper(p.sku) = upper(s.sku) WHERE p.id <> s.target
    """,
    f"""
    SELECT false, s.row, 'on_hand', 'Orders hold ' || trim_scale(i.reserved) || ' of it.'
    FROM staged s JOIN orders_stockitem i ON i.product_id = s.target
    JOIN orders_warehouse w ON w.id = i.warehouse_id
    WHERE s.on_hand < i.reserved AND w.code = {_HOUSE}
    """,
)
_WAREHOUSES: Final = """
INSERT INTO orders_warehouse (code, name)
SELECT DISTINCT warehouse, warehouse FROM staged
WHERE on_hand IS NOT NULL AND warehouse IS NOT NULL ON CONFLICT DO NOTHING
"""
_FIRST_WAREHOUSE: Final = """
INSERT INTO orders_warehouse (code, name)
SELECT 'MAIN', 'Main warehouse' WHERE NOT EXISTS (SELECT FROM orders_warehouse)
    AND EXISTS (SELECT FROM staged WHERE on_hand IS NOT NULL AND warehouse IS NULL)
"""
_CHANGED: Final = """
WITH wanted AS (
    SELECT p.id, coalesce(s.name, p.name) AS name, coalesce(s.sku, p.sku) AS sku,
        coalesce(s.external_id, p.external_id) AS external_id,
        coalesce(s.category, p.category) AS category, coalesce(s.unit, p.unit) AS unit,
        coalesce(s.pack_size, p.pack_size) AS pack_size,
        coalesce(s.minimum_quantity, p.minimum_quantity) AS minimum_quantity,
        coalesce(s.lead_time_days, p.lead_time_days) AS lead_time_days,
        coalesce(s.discontinued, p.discontinued) AS discontinued
    FROM staged s JOIN orders_product p ON p.id = s.target
), differing AS (
    SELECT w.*, (SELECT jsonb_object_agg(n.key, jsonb_build_array(o.value, n.value))
                 FROM jsonb_each_text(to_jsonb(w)) n
                 JOIN jsonb_each_text(to_jsonb(p)) o USING (key)
                 WHERE n.value IS DISTINCT FROM o.value) AS data
    FROM wanted w JOIN orders_product p ON p.id = w.id
    WHERE (w.name, w.sku, w.external_id, w.category, w.unit, w.pack_size, w.minimum_quantity,
           w.lead_time_days, w.discontinued)
        IS DISTINCT FROM (p.name, p.sku, p.external_id, p.category, p.unit, p.pack_size,
           p.minimum_quantity, p.lead_time_days, p.discontinued)
), made AS (
    UPDATE orders_product p SET name = d.name, sku = d.sku, external_id = d.external_id,
        category = d.category, unit = d.unit, pack_size = d.pack_size,
        minimum_quantity = d.minimum_quantity, lead_time_days = d.lead_time_days,
        discontinued = d.discontinued
    FROM differing d WHERE p.id = d.id
    RETURNING p.id, p.sku || ' ' || p.name AS name, d.data
)
""" + bulk.journal("orders.product", "made.name", "NULL", "made", "orders.product.changed")
_NEW: Final = """
WITH made AS (
    INSERT INTO orders_product (sku, name, category, unit, pack_size, minimum_quantity,
        lead_time_days, discontinued, external_id)
    SELECT coalesce(sku, external_id), name, coalesce(category, ''), coalesce(unit, 'piece'),
        coalesce(pack_size, 1), coalesce(minimum_quantity, 1), coalesce(lead_time_days, 10),
        coalesce(discontinued, false), external_id
    FROM staged WHERE target IS NULL ORDER BY row
    RETURNING id, sku || ' ' || name AS name
)
""" + bulk.journal(
    "orders.product", "made.name", "NULL",
    "(SELECT *, '{}'::jsonb AS data FROM made)", "orders.product.imported",
)  # fmt: skip
_PRICE_LISTS: Final = """
INSERT INTO orders_pricelist (name, currency, is_default)
SELECT 'List ' || currency, currency, true
FROM (SELECT DISTINCT coalesce(currency, 'EUR') AS currency FROM staged
      WHERE list_price IS NOT NULL) AS named
WHERE NOT EXISTS (SELECT FROM orders_pricelist l WHERE l.is_default AND l.currency = named.currency)
"""
# The price of a day is replaced on that day; an older one ends there.
_PRICES: Final = """
WITH priced AS (
    SELECT s.target AS product_id, s.list_price AS amount, l.id AS list_id
    FROM staged s JOIN orders_pricelist l
        ON l.is_default AND l.currency = coalesce(s.currency, 'EUR')
    WHERE s.list_price IS NOT NULL
), current AS (
    SELECT DISTINCT ON (x.list_id, x.product_id) p.id, p.amount, p.valid_from, x.list_id,
        x.product_id
    FROM orders_price p JOIN priced x ON x.list_id = p.price_list_id AND x.product_id = p.product_id
    WHERE p.valid_from <= %(today)s AND (p.valid_until IS NULL OR p.valid_until > %(today)s)
    ORDER BY x.list_id, x.product_id, p.valid_from DESC
), ended AS (
    UPDATE orders_price p SET valid_until = %(today)s
    FROM current c JOIN priced x USING (list_id, product_id)
    WHERE p.id = c.id AND c.amount <> x.amount AND c.valid_from < %(today)s
)
INSERT INTO orders_price (price_list_id, product_id, amount, valid_from)
SELECT x.list_id, x.product_id, x.amount, %(today)s
FROM priced x LEFT JOIN current c USING (list_id, product_id)
WHERE c.amount IS DISTINCT FROM x.amount
ON CONFLICT (price_list_id, product_id, valid_from, min_quantity) DO UPDATE SET amount = excluded.amount
"""
_STOCK: Final = f"""
WITH counted AS (
    SELECT s.target AS product_id, w.id AS warehouse_id, s.on_hand, s.reorder_level
    FROM staged s JOIN orders_warehouse w ON w.code = {_HOUSE}
    WHERE s.on_hand IS NOT NULL
), before AS (
    SELECT i.id, i.product_id, i.warehouse_id, i.on_hand
    FROM orders_stockitem i JOIN counted USING (product_id, warehouse_id)
    ORDER BY i.id FOR UPDATE OF i
), items AS (
    INSERT INTO orders_stockitem AS i (product_id, warehouse_id, on_hand, reserved, reorder_level)
    SELECT c.product_id, c.warehouse_id, c.on_hand, 0, coalesce(c.reorder_level, 0)
    FROM counted c LEFT JOIN before b USING (product_id, warehouse_id)
    ON CONFLICT (product_id, warehouse_id) DO UPDATE SET on_hand = excluded.on_hand,
        reorder_level = CASE WHEN excluded.reorder_level > 0 THEN excluded.reorder_level
                             ELSE i.reorder_level END
    RETURNING i.id, i.product_id, i.warehouse_id, i.on_hand
), moved AS (
    INSERT INTO orders_stockmove (item_id, kind, quantity, by_id, at, reason)
    SELECT i.id, 'adjust', i.on_hand - coalesce(b.on_hand, 0), %(by)s, %(at)s, 'Imported'
    FROM items i LEFT JOIN before b USING (product_id, warehouse_id)
    WHERE i.on_hand <> coalesce(b.on_hand, 0)
    RETURNING item_id AS id, quantity
)
""" + bulk.journal(
    "orders.stockitem", "made.name", "NULL",
    """(SELECT id, product_id || ' in ' || warehouse_id AS name,
           jsonb_build_object('kind', 'adjust', 'quantity', quantity::text,
                              'product', product_id) AS data
        FROM moved JOIN items USING (id))""",
    "orders.stock.moved",
)  # fmt: skip


def name_staged_products() -> None:
    """Fill `staged.product_sku` and `product_name` from the SKU or name in `staged.product`; what
    is not in the catalogue stays as it was written."""
    bulk.run(
        """
        WITH named AS (SELECT DISTINCT lower(product) AS word FROM staged WHERE product IS NOT NULL),
        found AS (
            SELECT n.word, min(p.sku) AS sku, min(p.name) AS name, count(*) AS many
            FROM named n JOIN orders_product p ON n.word IN (lower(p.sku), lower(p.name)) GROUP BY 1
        )
        UPDATE staged s SET product_sku = f.sku, product_name = f.name FROM found f
        WHERE lower(s.product) = f.word AND f.many = 1
        """
    )


def find_staged_products() -> None:
    """Fill `staged.target` with the products that the rows are about."""
    bulk.run(_FIND)
    bulk.run(_FIND_BY_SKU)


@transaction.atomic
def import_products(*, by: User | None, at: datetime, data: str) -> bulk.Written:
    """Add or change the products of `staged`, found before; its checks found nothing."""
    bulk.run(bulk.PENDING)
    values = bulk.actor(by, at, data) | {"today": portal_day(at)}
    known = bulk.number("SELECT count(*) FROM staged WHERE target IS NOT NULL")
    changed = bulk.run(_CHANGED, values) if known else 0
    created = bulk.run(_NEW, values)
    find_staged_products()
    bulk.run(_PRICE_LISTS)
    bulk.run(_PRICES, values)
    bulk.run(_FIRST_WAREHOUSE)
    bulk.run(_WAREHOUSES)
    bulk.run(_STOCK, values)
    return bulk.Written(created, changed, known - changed)
