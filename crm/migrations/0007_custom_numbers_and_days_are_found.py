"""Numbers and days of custom fields stand in a table of their own, so that ranges have an index.

Triggers keep it, because many hands write `custom`: forms, imports, statements over many rows.
"""

from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION crm_keep_custom_values() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  said record;
  words text;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM crm_customvalue WHERE kind = TG_ARGV[0] AND row_id = OLD.id;
  END IF;
  IF TG_OP = 'DELETE' OR jsonb_typeof(NEW.custom) <> 'object' THEN
    RETURN NULL;
  END IF;
  FOR said IN SELECT key, value FROM jsonb_each(NEW.custom) WHERE length(key) <= 40 LOOP
    words := said.value #>> '{}';
    IF jsonb_typeof(said.value) = 'number' AND abs(words::numeric) < 1e24 THEN
      INSERT INTO crm_customvalue (kind, row_id, key, number)
      VALUES (TG_ARGV[0], NEW.id, said.key, words::numeric);
    ELSIF jsonb_typeof(said.value) = 'string' AND words ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
      BEGIN
        INSERT INTO crm_customvalue (kind, row_id, key, day)
        VALUES (TG_ARGV[0], NEW.id, said.key, words::date);
      EXCEPTION WHEN data_exception THEN NULL;  -- a text that only looks like a day
      END;
    END IF;
  END LOOP;
  RETURN NULL;
END
$$
"""
# A row without custom fields costs nothing: the trigger does not run.
TRIGGERS = """
CREATE TRIGGER crm_{kind}_custom_new AFTER INSERT ON crm_{kind}
  FOR EACH ROW WHEN (NEW.custom <> '{{}}') EXECUTE FUNCTION crm_keep_custom_values('{kind}');
CREATE TRIGGER crm_{kind}_custom_changed AFTER UPDATE OF custom ON crm_{kind}
  FOR EACH ROW WHEN (NEW.custom IS DISTINCT FROM OLD.custom)
  EXECUTE FUNCTION crm_keep_custom_values('{kind}');
CREATE TRIGGER crm_{kind}_custom_gone AFTER DELETE ON crm_{kind}
  FOR EACH ROW WHEN (OLD.custom <> '{{}}') EXECUTE FUNCTION crm_keep_custom_values('{kind}');
"""
GONE = """
DROP TRIGGER crm_{kind}_custom_new ON crm_{kind};
DROP TRIGGER crm_{kind}_custom_changed ON crm_{kind};
DROP TRIGGER crm_{kind}_custom_gone ON crm_{kind};
"""
KINDS = ("account", "contact", "lead", "deal")


class Migration(migrations.Migration):
    dependencies = [("crm", "0006_records_have_more_fields_indexed")]

    operations = [
        migrations.CreateModel(
            name="CustomValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("account", "Accounts"),
                            ("contact", "Contacts"),
                            ("lead", "Leads"),
                            ("deal", "Deals"),
                        ],
                        max_length=8,
                    ),
                ),
                ("row_id", models.BigIntegerField()),
                ("key", models.CharField(max_length=40)),
                ("number", models.DecimalField(decimal_places=6, max_digits=30, null=True)),
                ("day", models.DateField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["kind", "row_id", "key"], name="crm_customvalue_key_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("number__isnull", True), ("day__isnull", True), _connector="OR"
                        ),
                        name="crm_customvalue_number_or_day",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("number__isnull", False)),
                        fields=["kind", "key", "number", "row_id"],
                        name="crm_customvalue_number",
                    ),
                    models.Index(
                        condition=models.Q(("day__isnull", False)),
                        fields=["kind", "key", "day", "row_id"],
                        name="crm_customvalue_day",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION crm_keep_custom_values()"),
        *[migrations.RunSQL(TRIGGERS.format(kind=kind), GONE.format(kind=kind)) for kind in KINDS],
    ]
