import django.db.models.deletion
from django.db import migrations, models

from kit.migrations import Together


class Migration(migrations.Migration):
    dependencies = [("comms", "0013_templates_have_owners_and_versions")]

    operations = [
        migrations.RemoveConstraint(model_name="templateuse", name="comms_templateuse_once"),
        Together(
            [
                migrations.AddField(
                    model_name="templateuse",
                    name="version",
                    field=models.PositiveIntegerField(
                        db_default=0,
                        default=0,
                        help_text="Which words they were; 0 before that was written down.",
                    ),
                ),
                migrations.AddField(
                    model_name="unsent",
                    name="taken",
                    field=models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Templates whose words were taken, with their versions.",
                        max_length=400,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="templateuse",
                    constraint=models.UniqueConstraint(
                        fields=("key", "on", "version"), name="comms_templateuse_once"
                    ),
                ),
                migrations.CreateModel(
                    name="WordsTaken",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("key", models.CharField(max_length=40)),
                        ("version", models.PositiveIntegerField()),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="words_taken",
                                to="comms.message",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "words taken",
                        "indexes": [
                            models.Index(fields=["key", "version"], name="comms_wordstaken_key")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("message", "key", "version"), name="comms_wordstaken_once"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
