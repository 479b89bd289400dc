"""The search function with one step for the first runs; it says the same, so indexes stay right."""

from django.db import migrations

from kit.search import CREATE_TRIGRAMS


class Migration(migrations.Migration):
    dependencies = [("journal", "0005_a_name_can_be_taken_out")]
    operations = [migrations.RunSQL(CREATE_TRIGRAMS, migrations.RunSQL.noop)]
