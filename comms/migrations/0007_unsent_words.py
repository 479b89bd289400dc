import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kit.migrations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("comms", "0006_senders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Unsent",
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
                        ("subject_type", models.CharField(max_length=60)),
                        ("subject_id", models.BigIntegerField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("waiting", "Leaves later"),
                                    ("held", "Held back"),
                                    ("sent", "Sent"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        (
                            "to",
                            models.CharField(
                                blank=True, help_text="Who reads it, as chosen.", max_length=10
                            ),
                        ),
                        (
                            "typed_for",
                            models.CharField(
                                blank=True,
                                help_text="Who was chosen when the first words were typed.",
                                max_length=10,
                            ),
                        ),
                        ("subject_line", models.CharField(blank=True, max_length=200)),
                        ("body", models.TextField(blank=True)),
                        (
                            "contacts",
                            models.JSONField(
                                default=list, help_text="Keys of those of the customer who get it."
                            ),
                        ),
                        ("needs", models.CharField(blank=True, max_length=150)),
                        (
                            "papers",
                            models.JSONField(
                                default=list, help_text="Papers that are drawn and go along."
                            ),
                        ),
                        ("saved_at", models.DateTimeField()),
                        (
                            "planned_at",
                            models.DateTimeField(help_text="When somebody said: later.", null=True),
                        ),
                        ("due_at", models.DateTimeField(null=True)),
                        (
                            "why",
                            models.CharField(
                                blank=True, help_text="What kept it from leaving.", max_length=300
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "unsent",
                    },
                ),
                migrations.CreateModel(
                    name="UnsentFile",
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
                        ("name", models.CharField(max_length=255)),
                        (
                            "kind",
                            models.CharField(
                                help_text="The media type that its bytes were read as.",
                                max_length=100,
                            ),
                        ),
                        ("size", models.BigIntegerField(help_text="Bytes.")),
                        ("sha256", models.CharField(max_length=64)),
                        ("stored_as", models.CharField(max_length=32, unique=True)),
                        ("at", models.DateTimeField()),
                    ],
                ),
                migrations.AddField(
                    model_name="unsent",
                    name="message",
                    field=models.ForeignKey(
                        help_text="What became of it.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="comms.message",
                    ),
                ),
                migrations.AddField(
                    model_name="unsent",
                    name="quotes",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="comms.message",
                    ),
                ),
                migrations.AddField(
                    model_name="unsent",
                    name="user",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    model_name="unsentfile",
                    name="unsent",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="comms.unsent",
                    ),
                ),
                migrations.AddIndex(
                    model_name="unsent",
                    index=models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["due_at", "id"],
                        name="comms_unsent_next",
                    ),
                ),
                migrations.AddIndex(
                    model_name="unsent",
                    index=models.Index(
                        condition=models.Q(("status__in", ["waiting", "held"])),
                        fields=["subject_type", "subject_id", "due_at"],
                        name="comms_unsent_about",
                    ),
                ),
                migrations.AddIndex(
                    model_name="unsent",
                    index=models.Index(
                        condition=models.Q(("status", "draft")),
                        fields=["saved_at"],
                        name="comms_unsent_old_drafts",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="unsent",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("status", "draft")),
                        fields=("user", "subject_type", "subject_id"),
                        name="comms_unsent_one_draft",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="unsent",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"),
                            models.Q(("due_at__isnull", False), ("planned_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="comms_unsent_later_has_a_time",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="unsent",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "held"), _negated=True),
                            models.Q(("why", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="comms_unsent_held_says_why",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="unsentfile",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("sha256__regex", "^[0-9a-f]{64}$"),
                            ("stored_as__regex", "^[0-9a-f]{32}$"),
                        ),
                        name="comms_unsentfile_stored_under_a_random_name",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="unsentfile",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("name__regex", "[/\\\\[:cntrl:]]"), _negated=True),
                        ),
                        name="comms_unsentfile_name_is_no_path",
                    ),
                ),
            ]
        )
    ]
