"""New records keep the numbers and days of their custom fields by the statement that made them, not row
by row: an import took as long for these as for all the rest."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION crm_keep_new_custom_values() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO crm_customvalue (kind, row_id, key, number, day)
  SELECT TG_ARGV[0], read.row_id, read.key, read.number, read.day
  FROM (
    SELECT fresh.id AS row_id, said.key,
      CASE WHEN jsonb_typeof(said.value) = 'number' THEN
        CASE WHEN abs((said.value #>> '{}')::numeric) < 1e24 THEN (said.value #>> '{}')::numeric END
      END AS number,
      -- what only looks like a day is a text
      CASE WHEN jsonb_typeof(said.value) = 'string'
          AND said.value #>> '{}' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
        CASE WHEN pg_input_is_valid(said.value #>> '{}', 'date') THEN (said.value #>> '{}')::date END
      END AS day
    FROM fresh CROSS JOIN LATERAL jsonb_each(
      CASE WHEN jsonb_typeof(fresh.custom) = 'object' THEN fresh.custom ELSE '{}' END
    ) AS said
    WHERE fresh.custom <> '{}' AND length(said.key) <= 40
  ) AS read
  WHERE read.number IS NOT NULL OR read.day IS NOT NULL;
  RETURN NULL;
END
$$
"""
TRIGGER = """
DROP TRIGGER crm_{kind}_custom_new ON crm_{kind};
CREATE TRIGGER crm_{kind}_custom_new AFTER INSERT ON crm_{kind} REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION crm_keep_new_custom_values('{kind}');
"""
BEFORE = """
DROP TRIGGER crm_{kind}_custom_new ON crm_{kind};
CREATE TRIGGER crm_{kind}_custom_new AFTER INSERT ON crm_{kind}
  FOR EACH ROW WHEN (NEW.custom <> '{{}}') EXECUTE FUNCTION crm_keep_custom_values('{kind}');
"""
KINDS = ("account", "contact", "lead", "deal")


class Migration(migrations.Migration):
    dependencies = [("crm", "0012_activities_have_saved_views")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION crm_keep_new_custom_values()"),
        *[migrations.RunSQL(TRIGGER.format(kind=k), BEFORE.format(kind=k)) for k in KINDS],
    ]
