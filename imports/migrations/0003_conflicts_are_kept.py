"""What a file said otherwise than our records, kept for the page of its run."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0002_problems_by_the_row"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="conflicts",
            field=models.JSONField(
                db_default=models.Value({}, output_field=models.JSONField()),
                default=dict,
                help_text="{records, fields: [[name, clash, fill]], rows: the first ones}",
            ),
        ),
    ]
