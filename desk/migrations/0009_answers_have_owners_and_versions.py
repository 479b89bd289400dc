import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kit.migrations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0008_recalculation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="cannedanswer",
                    name="owner",
                    field=models.ForeignKey(
                        blank=True,
                        help_text="Who sees to it that it stays right.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    model_name="cannedanswer",
                    name="review_on",
                    field=models.DateField(
                        blank=True,
                        help_text="After this day it counts as outdated.",
                        null=True,
                        verbose_name="look through again on",
                    ),
                ),
                migrations.AddField(
                    model_name="cannedanswer",
                    name="version",
                    field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
                ),
                migrations.CreateModel(
                    name="PastAnswer",
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
                        ("version", models.PositiveIntegerField()),
                        ("title", models.CharField(max_length=100)),
                        ("body", models.TextField(max_length=5000)),
                        ("until", models.DateTimeField(help_text="When other words came.")),
                        (
                            "by",
                            models.ForeignKey(
                                help_text="Who changed them.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "answer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="past",
                                to="desk.cannedanswer",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("answer", "version"), name="desk_pastanswer_once"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
