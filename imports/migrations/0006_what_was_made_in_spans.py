"""What a run made is kept as spans of keys: a row for each record took a twelfth of an import."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0005_warnings_are_kept")]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="made",
            field=models.JSONField(
                db_default=models.Value([], output_field=models.JSONField()),
                default=list,
                editable=False,
                help_text="[[subject, first key, last key]]; an undo makes a trace of each record.",
            ),
        )
    ]
