import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kit.migrations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("comms", "0006_senders"),
        ("notices", "0007_bundle_what_was_told"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="EscalationRule",
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
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("turn", "Somebody needs an answer from me"),
                                    ("turn_reminder", "A question to me still waits"),
                                    ("customer_wrote", "A customer writes"),
                                    ("handoff", "My department is asked to do something"),
                                    ("promise", "A promise is at risk or broken"),
                                    ("approval", "An approval is asked or answered"),
                                    ("important_note", "An important note that I confirm"),
                                ],
                                max_length=20,
                                unique=True,
                            ),
                        ),
                        (
                            "mail_after_hours",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Also to who wanted it in the summary. Empty: never.",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(400),
                                ],
                                verbose_name="Mail it after hours",
                            ),
                        ),
                        (
                            "tell_after_hours",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Counted from the mail. Empty: never.",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(400),
                                ],
                                verbose_name="Tell others after more hours",
                            ),
                        ),
                        (
                            "to",
                            models.CharField(
                                choices=[
                                    ("managers", "The managers of the team"),
                                    ("person", "One person"),
                                ],
                                default="managers",
                                max_length=10,
                                verbose_name="Tell",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                    ],
                ),
                migrations.CreateModel(
                    name="ReminderRule",
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
                        (
                            "asked",
                            models.CharField(
                                choices=[("person", "A colleague"), ("department", "A department")],
                                max_length=12,
                                unique=True,
                                verbose_name="Asked of",
                            ),
                        ),
                        (
                            "after_hours",
                            models.PositiveSmallIntegerField(
                                default=8,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(400),
                                ],
                                verbose_name="Remind after hours",
                            ),
                        ),
                        (
                            "every_hours",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Empty: once only.",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(400),
                                ],
                                verbose_name="And again every hours",
                            ),
                        ),
                        (
                            "most",
                            models.PositiveSmallIntegerField(
                                default=1,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(20),
                                ],
                                verbose_name="At most so often",
                            ),
                        ),
                        (
                            "asker_after_hours",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Empty: never.",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(400),
                                ],
                                verbose_name="Tell who asked after hours",
                            ),
                        ),
                        (
                            "manager_after_hours",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Those of the team that was asked. Empty: never.",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(400),
                                ],
                                verbose_name="Tell the managers after hours",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                    ],
                ),
                migrations.CreateModel(
                    name="TurnWatch",
                    fields=[
                        (
                            "turn",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="comms.turn",
                            ),
                        ),
                        ("reminded", models.PositiveSmallIntegerField(default=0)),
                        ("asker_told_at", models.DateTimeField(null=True)),
                        ("manager_told_at", models.DateTimeField(null=True)),
                        (
                            "look_at",
                            models.DateTimeField(
                                help_text="Empty when nothing more happens.", null=True
                            ),
                        ),
                    ],
                    options={"verbose_name_plural": "turn watches"},
                ),
                migrations.AddField(
                    model_name="escalationrule",
                    name="person",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="reminderrule",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("after_hours__range", (1, 400)),
                            ("most__range", (1, 20)),
                            models.Q(
                                ("every_hours", None),
                                ("every_hours__range", (1, 400)),
                                _connector="OR",
                            ),
                            models.Q(
                                ("asker_after_hours", None),
                                ("asker_after_hours__range", (1, 400)),
                                _connector="OR",
                            ),
                            models.Q(
                                ("manager_after_hours", None),
                                ("manager_after_hours__range", (1, 400)),
                                _connector="OR",
                            ),
                        ),
                        name="notices_reminderrule_hours_fit",
                    ),
                ),
                migrations.AddIndex(
                    model_name="turnwatch",
                    index=models.Index(
                        condition=models.Q(("look_at__isnull", False)),
                        fields=["look_at"],
                        name="notices_turnwatch_next",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="escalationrule",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("to", "person"), ("person__isnull", False)),
                            models.Q(("to", "managers"), ("person", None)),
                            _connector="OR",
                        ),
                        name="notices_escalationrule_person_named",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="escalationrule",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("mail_after_hours", None),
                                ("mail_after_hours__range", (1, 400)),
                                _connector="OR",
                            ),
                            models.Q(
                                ("tell_after_hours", None),
                                ("tell_after_hours__range", (1, 400)),
                                _connector="OR",
                            ),
                        ),
                        name="notices_escalationrule_hours_fit",
                    ),
                ),
            ]
        )
    ]
