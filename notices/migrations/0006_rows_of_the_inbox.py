import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kit.migrations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0005_find_notices_of_a_subject"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Bundle",
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
                        ("kind", models.CharField(blank=True, max_length=20)),
                        ("about_type", models.CharField(blank=True, max_length=60)),
                        ("about_id", models.BigIntegerField()),
                        ("total", models.PositiveIntegerField()),
                        ("unread", models.PositiveIntegerField()),
                    ],
                ),
                migrations.AddField(
                    model_name="bundle",
                    name="last",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notices.notice",
                    ),
                ),
                migrations.AddField(
                    model_name="bundle",
                    name="user",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddIndex(
                    model_name="bundle",
                    index=models.Index(
                        fields=["user", "kind", "-last"], name="notices_bundle_newest"
                    ),
                ),
                migrations.AddIndex(
                    model_name="bundle",
                    index=models.Index(
                        condition=models.Q(("unread__gt", 0)),
                        fields=["user", "kind", "-last"],
                        name="notices_bundle_unread",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="bundle",
                    constraint=models.UniqueConstraint(
                        fields=("user", "kind", "about_type", "about_id"),
                        name="notices_bundle_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="bundle",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("unread__lte", models.F("total"))),
                        name="notices_bundle_unread_of_total",
                    ),
                ),
            ]
        )
    ]
