"""A page reads some hundred cells: starting workers for them takes longer than reading them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kpis", "0005_who_moved_a_meeting")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE kpis_rollup SET (parallel_workers = 0)",
            "ALTER TABLE kpis_rollup RESET (parallel_workers)",
        )
    ]
