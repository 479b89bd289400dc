from django.db import migrations, models

# The last summary was for her hour of the day that was written down.
MOMENTS = """
UPDATE notices_rhythm r SET digested_at = (r.digested_on + r.digest_at) AT TIME ZONE u.zone
FROM people_user u WHERE u.id = r.user_id AND r.digested_on IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_preferences_per_channel")]

    operations = [
        migrations.AddField(
            model_name="rhythm",
            name="digested_at",
            field=models.DateTimeField(
                help_text="For which moment the last summary was, not when a worker got to it.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="rhythm",
            name="weekday",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (0, "Monday"),
                    (1, "Tuesday"),
                    (2, "Wednesday"),
                    (3, "Thursday"),
                    (4, "Friday"),
                    (5, "Saturday"),
                    (6, "Sunday"),
                ],
                db_default=0,
                default=0,
            ),
        ),
        migrations.AlterField(
            model_name="rhythm",
            name="digest",
            field=models.CharField(
                choices=[("daily", "Every day"), ("weekly", "Once a week")],
                default="daily",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="rhythm",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekday__lte", 6)), name="notices_rhythm_weekday_known"
            ),
        ),
        migrations.RunSQL(MOMENTS, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="rhythm", name="digested_on"),
    ]
