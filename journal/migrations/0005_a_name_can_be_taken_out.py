"""The one change that the journal allows: a person's name and addresses are taken out (ADR 0017).

What happened, when, by whom, about what stays as it is; the trigger compares all of that itself.
"""

from django.db import migrations

CREATE = """
CREATE OR REPLACE FUNCTION journal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('journal.taking_out', true) = 'on'
     AND (NEW.id, NEW.txid, NEW.at, NEW.action, NEW.actor_id, NEW.actor_name, NEW.subject_type,
          NEW.subject_id, NEW.account_id)
       IS NOT DISTINCT FROM
         (OLD.id, OLD.txid, OLD.at, OLD.action, OLD.actor_id, OLD.actor_name, OLD.subject_type,
          OLD.subject_id, OLD.account_id)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'The journal is append-only: % refused.', TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION journal_take_out(pattern text, instead text, kind text, key bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  taken bigint;
BEGIN
  IF length(pattern) < 5 THEN
    RAISE EXCEPTION 'Too short to be taken out.' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM set_config('journal.taking_out', 'on', true);
  UPDATE journal_entry
  SET subject_name = left(regexp_replace(subject_name, pattern, instead, 'gi'), 200),
      data = regexp_replace(data::text, pattern, instead, 'gi')::jsonb
  WHERE (kind = '' OR (subject_type = kind AND subject_id = key))
    AND (subject_name ~* pattern OR data::text ~* pattern);
  GET DIAGNOSTICS taken = ROW_COUNT;
  PERFORM set_config('journal.taking_out', 'off', true);
  RETURN taken;
END $$;
"""
DROP = """
DROP FUNCTION journal_take_out(text, text, text, bigint);
CREATE OR REPLACE FUNCTION journal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The journal is append-only: % refused.', TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_faster_trigrams")]
    operations = [migrations.RunSQL(CREATE, DROP)]
