"""Packs wait to be made, evidence speaks of a side, guests are told something of their own."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("meetings", "0004_invites")]

    operations = [
        migrations.AddField(
            model_name="evidence",
            name="side",
            field=models.CharField(
                blank=True,
                choices=[("host", "The host"), ("guest", "A guest"), ("", "Somebody else")],
                db_default="",
                default="",
                max_length=5,
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="follow_up_at",
            field=models.DateTimeField(
                help_text="When the guests are asked how it goes on.", null=True
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="next_tasks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                blank=True,
                db_default=[],
                default=list,
                help_text="Tasks that were agreed in it, by key.",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="summary",
            field=models.TextField(
                blank=True,
                db_default="",
                help_text="What its guests are told of it; written afterwards.",
            ),
        ),
        migrations.AlterField(
            model_name="preppack",
            name="made_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="preppack",
            name="version",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="Grows each time it is made; 0 while it waits to be made."
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.UniqueConstraint(
                fields=("meeting", "kind", "side", "who", "at"), name="meetings_evidence_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="prepitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True),
                name="meetings_prepitem_has_a_title",
            ),
        ),
        migrations.AddConstraint(
            model_name="prepitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at", None), ("done_by", None)),
                    models.Q(("done_at__isnull", False), ("done_by__isnull", False)),
                    _connector="OR",
                ),
                name="meetings_prepitem_done_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="preppack",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("made_at", None), ("version", 0)),
                    models.Q(("made_at__isnull", False), ("version__gt", 0)),
                    _connector="OR",
                ),
                name="meetings_preppack_made_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="preppack",
            constraint=models.CheckConstraint(
                condition=models.Q(("sent_version__lte", models.F("version"))),
                name="meetings_preppack_sent_was_made",
            ),
        ),
    ]
