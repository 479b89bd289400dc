"""What was approved, sent, issued or moved stands: the database keeps it, whoever writes.

- A quote's or order's content hash is made here, from what the rows say now.
- A revision that left the house, an issued invoice and a stock move do not change.
- An order that needs a release and goes on without one of its very content fails at commit.
"""

from django.db import migrations

HASHES = """
CREATE FUNCTION orders_order_hash(o orders_order) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(concat_ws('|', 'order', o.id, o.account_id, o.currency,
        o.payment_terms, (
            SELECT string_agg(concat_ws(';', l.product_id, trim_scale(l.quantity),
                trim_scale(l.unit_price), trim_scale(l.discount_percent)), ',' ORDER BY l.position)
            FROM orders_orderline l WHERE l.order_id = o.id)), 'UTF8')), 'hex')
$$;
CREATE FUNCTION orders_revision_hash(r orders_quoterevision) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(concat_ws('|', 'revision', r.id, f.account_id, f.currency,
        r.option, r.valid_until, r.payment_terms, r.intro, r.terms, (
            SELECT string_agg(concat_ws(';', l.product_id, l.text, trim_scale(l.quantity),
                trim_scale(l.unit_price), trim_scale(l.discount_percent),
                trim_scale(l.tax_percent)), ',' ORDER BY l.position)
            FROM orders_quoteline l WHERE l.revision_id = r.id)), 'UTF8')), 'hex')
    FROM orders_quotefamily f WHERE f.id = r.family_id
$$;
"""
DROP_HASHES = """
DROP FUNCTION orders_order_hash(orders_order);
DROP FUNCTION orders_revision_hash(orders_quoterevision);
"""
ORDERS = """
CREATE FUNCTION orders_hash_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders_order o SET content_hash = orders_order_hash(o)
    FROM (SELECT DISTINCT order_id FROM changed) c
    WHERE o.id = c.order_id AND o.approval_needed;
    RETURN NULL;
END $$;
CREATE TRIGGER orders_hash_lines_added AFTER INSERT ON orders_orderline
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION orders_hash_lines();
CREATE TRIGGER orders_hash_lines_changed AFTER UPDATE ON orders_orderline
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION orders_hash_lines();
CREATE TRIGGER orders_hash_lines_removed AFTER DELETE ON orders_orderline
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION orders_hash_lines();

CREATE FUNCTION orders_hash_header() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.content_hash := orders_order_hash(NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER orders_hash_header
    BEFORE UPDATE OF approval_needed, account_id, currency, payment_terms ON orders_order
    FOR EACH ROW WHEN (NEW.approval_needed) EXECUTE FUNCTION orders_hash_header();

CREATE FUNCTION orders_refuse_unreleased() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_ orders_order;
BEGIN
    SELECT * INTO now_ FROM orders_order WHERE id = NEW.id;
    IF FOUND AND now_.approval_needed
       AND now_.status NOT IN ('draft', 'checked', 'cancelled')
       AND now_.approved_hash IS DISTINCT FROM orders_order_hash(now_) THEN
        RAISE EXCEPTION 'Order % goes on without a release of its content.', now_.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_order_is_released';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER orders_order_is_released AFTER INSERT OR UPDATE ON orders_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.approval_needed AND NEW.status NOT IN ('draft', 'checked', 'cancelled'))
    EXECUTE FUNCTION orders_refuse_unreleased();
"""
DROP_ORDERS = """
DROP TRIGGER orders_order_is_released ON orders_order;
DROP TRIGGER orders_hash_header ON orders_order;
DROP TRIGGER orders_hash_lines_added ON orders_orderline;
DROP TRIGGER orders_hash_lines_changed ON orders_orderline;
DROP TRIGGER orders_hash_lines_removed ON orders_orderline;
DROP FUNCTION orders_refuse_unreleased();
DROP FUNCTION orders_hash_header();
DROP FUNCTION orders_hash_lines();
"""
QUOTES = """
CREATE FUNCTION orders_keep_sent_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    here text;
BEGIN
    SELECT status INTO here FROM orders_quoterevision
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.revision_id ELSE NEW.revision_id END;
    IF here <> 'draft' THEN
        RAISE EXCEPTION 'The lines of a revision that is % stand.', here
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_quoteline_only_in_drafts';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER orders_keep_sent_lines BEFORE INSERT OR UPDATE OR DELETE ON orders_quoteline
    FOR EACH ROW EXECUTE FUNCTION orders_keep_sent_lines();

CREATE FUNCTION orders_hash_quote_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders_quoterevision r
    SET content_hash = orders_revision_hash(r), approval_needed = true
    FROM (SELECT DISTINCT revision_id FROM changed) c WHERE r.id = c.revision_id;
    RETURN NULL;
END $$;
CREATE TRIGGER orders_hash_quote_lines_added AFTER INSERT ON orders_quoteline
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION orders_hash_quote_lines();
CREATE TRIGGER orders_hash_quote_lines_changed AFTER UPDATE ON orders_quoteline
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION orders_hash_quote_lines();
CREATE TRIGGER orders_hash_quote_lines_removed AFTER DELETE ON orders_quoteline
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION orders_hash_quote_lines();

CREATE FUNCTION orders_keep_sent_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.family_id, NEW.option, NEW.valid_until, NEW.payment_terms,
            NEW.intro, NEW.terms) IS NOT DISTINCT FROM (OLD.family_id, OLD.option,
            OLD.valid_until, OLD.payment_terms, OLD.intro, OLD.terms) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status <> 'draft' THEN
        RAISE EXCEPTION 'A revision that is % stands.', OLD.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_revision_changes_in_draft';
    END IF;
    NEW.content_hash := orders_revision_hash(NEW);
    NEW.approval_needed := true;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_keep_sent_revision BEFORE INSERT OR UPDATE ON orders_quoterevision
    FOR EACH ROW EXECUTE FUNCTION orders_keep_sent_revision();
"""
DROP_QUOTES = """
DROP TRIGGER orders_keep_sent_revision ON orders_quoterevision;
DROP TRIGGER orders_hash_quote_lines_added ON orders_quoteline;
DROP TRIGGER orders_hash_quote_lines_changed ON orders_quoteline;
DROP TRIGGER orders_hash_quote_lines_removed ON orders_quoteline;
DROP TRIGGER orders_keep_sent_lines ON orders_quoteline;
DROP FUNCTION orders_keep_sent_revision();
DROP FUNCTION orders_hash_quote_lines();
DROP FUNCTION orders_keep_sent_lines();
"""
LEDGERS = """
CREATE FUNCTION orders_keep_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'requested' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR (NEW.number, NEW.kind, NEW.account_id, NEW.currency, NEW.net, NEW.tax,
            NEW.gross, NEW.issued_on) IS DISTINCT FROM (OLD.number, OLD.kind, OLD.account_id,
            OLD.currency, OLD.net, OLD.tax, OLD.gross, OLD.issued_on) THEN
        RAISE EXCEPTION 'Invoice % is issued and stands; write a credit note.', OLD.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_invoice_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_keep_invoice BEFORE UPDATE OR DELETE ON orders_invoice
    FOR EACH ROW EXECUTE FUNCTION orders_keep_invoice();

CREATE FUNCTION orders_keep_invoice_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM orders_invoice WHERE status <> 'requested' AND id =
            CASE WHEN TG_OP = 'INSERT' THEN NEW.invoice_id ELSE OLD.invoice_id END) THEN
        RAISE EXCEPTION 'The lines of an issued invoice stand; write a credit note.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_invoice_stands';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER orders_keep_invoice_lines BEFORE INSERT OR UPDATE OR DELETE ON orders_invoiceline
    FOR EACH ROW EXECUTE FUNCTION orders_keep_invoice_lines();

CREATE FUNCTION orders_keep_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.order_line_id IS NULL AND (NEW.item_id, NEW.kind, NEW.quantity,
            NEW.at) IS NOT DISTINCT FROM (OLD.item_id, OLD.kind, OLD.quantity, OLD.at) THEN
        RETURN NEW;  -- its line was taken off the order
    END IF;
    RAISE EXCEPTION 'Stock moves are never changed; write another one.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_stockmove_stands';
END $$;
CREATE TRIGGER orders_keep_moves BEFORE UPDATE OR DELETE ON orders_stockmove
    FOR EACH ROW EXECUTE FUNCTION orders_keep_moves();
"""
DROP_LEDGERS = """
DROP TRIGGER orders_keep_moves ON orders_stockmove;
DROP TRIGGER orders_keep_invoice_lines ON orders_invoiceline;
DROP TRIGGER orders_keep_invoice ON orders_invoice;
DROP FUNCTION orders_keep_moves();
DROP FUNCTION orders_keep_invoice_lines();
DROP FUNCTION orders_keep_invoice();
"""
NUMBERS = """
CREATE SEQUENCE orders_shipment_number START 7001;
CREATE SEQUENCE orders_return_number START 5001;
"""
DROP_NUMBERS = "DROP SEQUENCE orders_shipment_number; DROP SEQUENCE orders_return_number;"


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_order_depth")]

    operations = [
        migrations.RunSQL(HASHES, DROP_HASHES),
        migrations.RunSQL(ORDERS, DROP_ORDERS),
        migrations.RunSQL(QUOTES, DROP_QUOTES),
        migrations.RunSQL(LEDGERS, DROP_LEDGERS),
        migrations.RunSQL(NUMBERS, DROP_NUMBERS),
    ]
