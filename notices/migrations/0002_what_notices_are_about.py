from django.db import migrations, models

from kit.migrations import Together


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="notice",
                    name="about_name",
                    field=models.CharField(blank=True, db_default="", max_length=200),
                ),
                migrations.AddField(
                    model_name="notice",
                    name="escalate_at",
                    field=models.DateTimeField(
                        help_text="When to look whether it was read; empty when nothing more happens.",
                        null=True,
                    ),
                ),
                migrations.AddField(
                    model_name="notice",
                    name="escalated",
                    field=models.PositiveSmallIntegerField(
                        db_default=0,
                        default=0,
                        help_text="1: mailed all the same. 2: others were told.",
                    ),
                ),
                migrations.AddField(
                    model_name="notice",
                    name="on_behalf",
                    field=models.CharField(
                        blank=True,
                        db_default="",
                        help_text="For whom, if its reader covers.",
                        max_length=200,
                    ),
                ),
                migrations.AddField(
                    model_name="notice",
                    name="settled_at",
                    field=models.DateTimeField(
                        help_text="When it no longer needed its reader.", null=True
                    ),
                ),
                migrations.AddField(
                    model_name="notice",
                    name="turn_id",
                    field=models.BigIntegerField(
                        help_text="The open question that it speaks of.", null=True
                    ),
                ),
                migrations.AddField(
                    model_name="notice",
                    name="quiet",
                    field=models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Its reader wants such ones uncounted in the inbox.",
                    ),
                ),
            ]
        )
    ]
