from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_what_notices_are_about")]

    operations = [
        migrations.RemoveConstraint(model_name="preference", name="notices_preference_once"),
        migrations.AlterField(
            model_name="preference",
            name="mail",
            field=models.CharField(
                choices=[("now", "At once"), ("digest", "In the summary"), ("never", "No mail")],
                db_column="mail",
                max_length=8,
            ),
        ),
        migrations.RenameField(model_name="preference", old_name="mail", new_name="how"),
        migrations.AddField(
            model_name="preference",
            name="channel",
            field=models.CharField(db_default="mail", default="mail", max_length=12),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.UniqueConstraint(
                fields=("user", "kind", "channel"), name="notices_preference_of_channel_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(("how__in", ["now", "digest", "never"])),
                name="notices_preference_how_known",
            ),
        ),
    ]
