"""What rules that only warn say of the rows of a run, kept for its page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0004_imports_can_be_undone"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="warnings",
            field=models.JSONField(
                db_default=models.Value({}, output_field=models.JSONField()),
                default=dict,
                help_text="{rows, rules: [[field, words, rows]], first: [[row, column, words]]}",
            ),
        ),
    ]
