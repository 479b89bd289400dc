from django.db import migrations

# Run again it changes nothing.
OF_ITSELF = "UPDATE notices_notice SET about_id = id WHERE about_id IS NULL"
BUNDLES = """
INSERT INTO notices_bundle (user_id, kind, about_type, about_id, last_id, total, unread)
SELECT user_id, k.kind, about_type, about_id, max(n.id), count(*), count(*) FILTER (WHERE read_at IS NULL)
FROM notices_notice n CROSS JOIN LATERAL (VALUES (''), (n.kind)) AS k(kind)
GROUP BY 1, 2, 3, 4
ON CONFLICT (user_id, kind, about_type, about_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0006_rows_of_the_inbox")]

    operations = [
        migrations.RunSQL(OF_ITSELF, migrations.RunSQL.noop),
        migrations.RunSQL(BUNDLES, migrations.RunSQL.noop),
    ]
