import django.db.models.deletion
from django.db import migrations, models

from kit.migrations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("comms", "0007_unsent_words"),
        ("people", "0003_calendar_versions"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="MessageTemplate",
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
                        ("title", models.CharField(max_length=100)),
                        (
                            "about",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Anything"),
                                    ("desk.salesrequest", "Requests"),
                                    ("desk.handoff", "Hand-offs"),
                                    ("orders.quotefamily", "Quotes"),
                                    ("orders.order", "Orders"),
                                    ("meetings.meeting", "Meetings"),
                                    ("crm.account", "Accounts"),
                                ],
                                help_text="Where it is offered.",
                                max_length=60,
                            ),
                        ),
                        (
                            "subject_line",
                            models.CharField(
                                blank=True,
                                help_text="The subject of the mail; left empty, the usual one.",
                                max_length=200,
                            ),
                        ),
                        ("body", models.TextField(max_length=5000)),
                        ("is_active", models.BooleanField(default=True, verbose_name="Offered")),
                    ],
                ),
                migrations.AddField(
                    model_name="messagetemplate",
                    name="team",
                    field=models.ForeignKey(
                        blank=True,
                        help_text="Left empty, everybody is offered it.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="message_templates",
                        to="people.team",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="messagetemplate",
                    constraint=models.UniqueConstraint(
                        fields=("team", "title"),
                        name="comms_messagetemplate_once",
                        nulls_distinct=False,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="messagetemplate",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True),
                            models.Q(("body", ""), _negated=True),
                        ),
                        name="comms_messagetemplate_not_empty",
                    ),
                ),
            ]
        )
    ]
