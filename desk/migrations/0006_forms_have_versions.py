"""Every type's form, as it is, becomes its first version; presence is not worth writing ahead."""

from django.db import migrations

VERSIONS = """
INSERT INTO desk_formversion (type_id, version, form, checklist, made_at)
SELECT id, version, form, checklist, now() FROM desk_requesttype
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0005_desk_depth")]

    operations = [
        migrations.RunSQL(VERSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(
            "ALTER TABLE desk_presence SET UNLOGGED", "ALTER TABLE desk_presence SET LOGGED"
        ),
    ]
