"""What a run did to each record, so that the whole can be taken back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kit.migrations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0003_conflicts_are_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="ImportTrace",
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
                        ("subject", models.CharField(max_length=60)),
                        ("record_id", models.BigIntegerField()),
                        ("delta", models.JSONField(null=True)),
                        ("undone", models.BooleanField(db_default=False, default=False)),
                        (
                            "problem",
                            models.CharField(blank=True, db_default="", default="", max_length=300),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="traces",
                                to="imports.importrun",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["run", "id"], name="imports_trace_run")],
                    },
                ),
                migrations.CreateModel(
                    name="ImportUndo",
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
                        ("asked_at", models.DateTimeField()),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("taken_away", models.PositiveIntegerField(default=0)),
                        ("put_back", models.PositiveIntegerField(default=0)),
                        ("left", models.PositiveIntegerField(default=0)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="undo",
                                to="imports.importrun",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("finished_at__isnull", True)),
                                fields=["id"],
                                name="imports_undo_waiting",
                            )
                        ],
                    },
                ),
            ]
        )
    ]
