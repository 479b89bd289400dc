"""Files in conversations."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("comms", "0002_private_mails"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(help_text="What people call it, cleaned.", max_length=255),
                ),
                (
                    "kind",
                    models.CharField(
                        help_text="The media type that its bytes were read as.", max_length=100
                    ),
                ),
                ("size", models.BigIntegerField(help_text="Bytes.")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "stored_as",
                    models.CharField(
                        help_text="Its random name in the private folder.", max_length=32
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("internal", "Internal"),
                            ("requester", "Requester"),
                            ("customer", "Customer"),
                        ],
                        max_length=10,
                    ),
                ),
                ("uploaded_name", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "message",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="comms.message",
                    ),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="comms.thread",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["thread", "at", "id"], name="comms_attachment_thread")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("stored_as",), name="comms_attachment_stored_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sha256__regex", "^[0-9a-f]{64}$"),
                            ("stored_as__regex", "^[0-9a-f]{32}$"),
                        ),
                        name="comms_attachment_stored_under_a_random_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gt", 0)), name="comms_attachment_not_empty"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("name__regex", "[/\\\\[:cntrl:]]"), _negated=True),
                        ),
                        name="comms_attachment_name_is_no_path",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("visibility__in", ["internal", "requester", "customer"])
                        ),
                        name="comms_attachment_visibility_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("removed_at", None), ("removed_by", None)),
                            models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="comms_attachment_removed_by_somebody",
                    ),
                ],
            },
        ),
    ]
