"""What the desk needs in depth: versions of forms, rules of promises, views, presence, radar, intake."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0003_credit_limits_are_not_negative"),
        ("desk", "0004_index_trigrams_without_a_column"),
        ("meetings", "0001_initial"),
        ("orders", "0011_find_late_answers"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("pull", "Coordinators take them"),
                            ("round", "In turn, to whoever has the least"),
                        ],
                        default="pull",
                        max_length=6,
                    ),
                ),
                (
                    "sticky",
                    models.BooleanField(
                        default=True,
                        help_text="To the coordinator who knows the account, if there is one.",
                    ),
                ),
                (
                    "only_present",
                    models.BooleanField(
                        default=False,
                        help_text="Only to people who used the portal in the last 15 minutes.",
                    ),
                ),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        default=25,
                        help_text="At most so many open requests each; a person's own number wins.",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("act", models.CharField(max_length=12)),
                ("args", models.JSONField(default=dict)),
                ("picked", models.JSONField(help_text="Keys of the requests, in their order.")),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "Waiting"), ("running", "Running"), ("done", "Done")],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("refused", models.JSONField(default=list, help_text="[[key, words]]")),
                ("asked_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CannedAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=100, unique=True)),
                ("body", models.TextField(max_length=5000)),
                ("is_active", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "query",
                    models.TextField(
                        help_text="The form as it was typed, encoded.", max_length=100000
                    ),
                ),
                ("saved_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FormVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("form", models.JSONField(default=list)),
                ("checklist", models.JSONField(default=list)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="IntakeLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("used", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "doing",
                    models.CharField(
                        choices=[("reading", "is looking"), ("replying", "is replying")],
                        max_length=10,
                    ),
                ),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RadarWeight",
            fields=[
                ("kind", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("points", models.PositiveSmallIntegerField()),
                ("per_hour", models.PositiveSmallIntegerField()),
                ("is_active", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="RecordChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("changes", models.JSONField(help_text="{field: [from, to]}, as text.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for a decision"),
                            ("applied", "Applied"),
                            ("rejected", "Rejected"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "permissions": [("decide_recordchange", "Can apply changes of records")],
            },
        ),
        migrations.CreateModel(
            name="Satisfaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(help_text="1 (bad) to 5 (very good)")),
                ("comment", models.CharField(blank=True, max_length=1000)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("query", models.CharField(max_length=1000)),
            ],
        ),
        migrations.CreateModel(
            name="SlaRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("priority", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "tier",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("key", "Key account"),
                            ("standard", "Standard"),
                            ("small", "Small"),
                        ],
                        max_length=10,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "SLA rule",
            },
        ),
        migrations.CreateModel(
            name="Snooze",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="Kind and number of what it is about.", max_length=60
                    ),
                ),
                ("until", models.DateTimeField()),
                ("reason", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Watcher",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Worker",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("takes", models.BooleanField(default=True)),
                ("capacity", models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="handoff",
            name="link_digest",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="SHA-256 of the key in the mail: whoever holds the mail may answer.",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="handoff",
            name="nudged_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="handoff",
            name="nudges",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="requesttype",
            name="checklist",
            field=models.JSONField(default=list, help_text="What the desk ticks off, in words."),
        ),
        migrations.AddField(
            model_name="requesttype",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="salesrequest",
            name="assigned_why",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Why its holder has it.",
                max_length=200,
            ),
        ),
        migrations.AddField(
            model_name="salesrequest",
            name="checked",
            field=models.JSONField(
                db_default=[], default=list, help_text="What of the checklist is ticked."
            ),
        ),
        migrations.AddField(
            model_name="salesrequest",
            name="escalated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="salesrequest",
            name="form_version",
            field=models.PositiveIntegerField(
                db_default=1,
                default=1,
                help_text="Which version of the type's form it was asked with.",
            ),
        ),
        migrations.AddField(
            model_name="salesrequest",
            name="split_from",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="splits",
                to="desk.salesrequest",
            ),
        ),
        migrations.AddField(
            model_name="salesrequest",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=30), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="salesrequest",
            name="warned_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="slapolicy",
            name="escalate_seconds",
            field=models.PositiveIntegerField(
                default=3600, help_text="The managers hear of it when it is late by so much."
            ),
        ),
        migrations.AddField(
            model_name="slapolicy",
            name="warn_seconds",
            field=models.PositiveIntegerField(
                default=1800, help_text="The holder is warned when so much business time is left."
            ),
        ),
        migrations.AlterField(
            model_name="requesttype",
            name="creates",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Nothing"),
                    ("order", "Order"),
                    ("meeting", "Meeting"),
                    ("quote", "Quote"),
                    ("material", "Material share"),
                    ("record", "Record change"),
                ],
                default="",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="salesrequest",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("status", "done"), _negated=True),
                fields=["tags"],
                name="desk_request_tags",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="team",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="assignment",
                to="people.team",
            ),
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cannedanswer",
            name="type",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                to="desk.requesttype",
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="desk.requesttype"
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="formversion",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="formversion",
            name="type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="desk.requesttype",
            ),
        ),
        migrations.AddField(
            model_name="intakelink",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="intake_links",
                to="crm.account",
            ),
        ),
        migrations.AddField(
            model_name="intakelink",
            name="contact",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, to="crm.contact"
            ),
        ),
        migrations.AddField(
            model_name="intakelink",
            name="owner",
            field=models.ForeignKey(
                help_text="Who made it; what comes by it is asked in this person's name.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="intakelink",
            name="type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="desk.requesttype"
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="present",
                to="desk.salesrequest",
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="recordchange",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, to="crm.account"
            ),
        ),
        migrations.AddField(
            model_name="recordchange",
            name="contact",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, to="crm.contact"
            ),
        ),
        migrations.AddField(
            model_name="recordchange",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="recordchange",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="recordchange",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="record_changes",
                to="desk.salesrequest",
            ),
        ),
        migrations.AddField(
            model_name="satisfaction",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="satisfaction",
            name="request",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="satisfaction",
                to="desk.salesrequest",
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="saved_views",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="team",
            field=models.ForeignKey(
                blank=True,
                help_text="Shared with this team.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                to="people.team",
            ),
        ),
        migrations.AddField(
            model_name="slarule",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rules",
                to="desk.slapolicy",
            ),
        ),
        migrations.AddField(
            model_name="slarule",
            name="team",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to="people.team"
            ),
        ),
        migrations.AddField(
            model_name="slarule",
            name="type",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                to="desk.requesttype",
            ),
        ),
        migrations.AddField(
            model_name="snooze",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="watcher",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="watchers",
                to="desk.salesrequest",
            ),
        ),
        migrations.AddField(
            model_name="watcher",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="watching",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="worker",
            name="skills",
            field=models.ManyToManyField(
                blank=True,
                help_text="None ticked: all of them.",
                related_name="skilled",
                to="desk.requesttype",
            ),
        ),
        migrations.AddField(
            model_name="worker",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="worker",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="bulkrun",
            index=models.Index(
                condition=models.Q(("status", "done"), _negated=True),
                fields=["id"],
                name="desk_bulkrun_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(fields=("user", "type"), name="desk_draft_once"),
        ),
        migrations.AddConstraint(
            model_name="formversion",
            constraint=models.UniqueConstraint(
                fields=("type", "version"), name="desk_formversion_once"
            ),
        ),
        migrations.AddIndex(
            model_name="presence",
            index=models.Index(fields=["seen_at"], name="desk_presence_seen"),
        ),
        migrations.AddConstraint(
            model_name="presence",
            constraint=models.UniqueConstraint(
                fields=("request", "user"), name="desk_presence_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recordchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", False), ("contact", None)),
                    models.Q(("account", None), ("contact__isnull", False)),
                    _connector="OR",
                ),
                name="desk_recordchange_of_one_record",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by", None), ("status", "proposed")),
                    models.Q(
                        models.Q(("status", "proposed"), _negated=True),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="desk_recordchange_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="satisfaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("score__gte", 1), ("score__lte", 5)),
                name="desk_satisfaction_one_to_five",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                fields=("owner", "name"), name="desk_savedview_name_once"
            ),
        ),
        migrations.AddIndex(
            model_name="snooze",
            index=models.Index(fields=["user", "until"], name="desk_snooze_user"),
        ),
        migrations.AddConstraint(
            model_name="snooze",
            constraint=models.UniqueConstraint(fields=("user", "key"), name="desk_snooze_once"),
        ),
        migrations.AddConstraint(
            model_name="watcher",
            constraint=models.UniqueConstraint(
                fields=("request", "user"), name="desk_watcher_once"
            ),
        ),
    ]
