"""Quotes from before revisions get one, with a line that says their title and amount.

Re-runnable: a family that has a revision is left alone.
"""

from django.db import migrations

REVISIONS = """
INSERT INTO orders_quoterevision (family_id, number, option, status, valid_until, payment_terms,
    intro, terms, net, approval_needed, content_hash, approved_hash, link_key, created_at,
    sent_at, decided_at, accepted_name, accepted_hash)
SELECT f.id, 1, '', 'draft', f.valid_until, '', '', '', f.amount, true, '', '',
    substr(md5(random()::text || f.id), 1, 16), f.created_at, f.sent_at, f.decided_at, '', ''
FROM orders_quotefamily f
WHERE NOT EXISTS (SELECT FROM orders_quoterevision r WHERE r.family_id = f.id)
"""
LINES = """
INSERT INTO orders_quoteline (revision_id, position, text, quantity, unit_price, discount_percent,
    price_why, tax_percent, net)
SELECT r.id, 1, f.title, 1, f.amount, 0, '', 0, f.amount
FROM orders_quoterevision r JOIN orders_quotefamily f ON f.id = r.family_id
WHERE r.status = 'draft'
  AND NOT EXISTS (SELECT FROM orders_quoteline l WHERE l.revision_id = r.id)
"""
STATES = """
UPDATE orders_quoterevision r SET approval_needed = false,
    status = CASE f.status WHEN 'sent' THEN 'sent' WHEN 'won' THEN 'accepted'
        WHEN 'lost' THEN 'declined' ELSE 'expired' END,
    accepted_name = CASE f.status WHEN 'won' THEN 'before revisions were kept' ELSE '' END,
    accepted_hash = CASE f.status WHEN 'won' THEN r.content_hash ELSE '' END
FROM orders_quotefamily f
WHERE f.id = r.family_id AND r.status = 'draft' AND f.status <> 'draft'
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_what_was_agreed_stands")]

    operations = [
        migrations.RunSQL(REVISIONS, migrations.RunSQL.noop),
        migrations.RunSQL(LINES, migrations.RunSQL.noop),
        migrations.RunSQL(STATES, migrations.RunSQL.noop),
    ]
