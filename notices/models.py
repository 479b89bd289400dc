"""What colleagues are told, and how they want to hear of it."""

from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from comms.models import Turn
from notices.kinds import MATTERING, Mail

MOST_HOURS = 400  # working hours; ten weeks
HOURS = [MinValueValidator(1), MaxValueValidator(MOST_HOURS)]
WEEKDAYS = [
    (0, "Monday"), (1, "Tuesday"), (2, "Wednesday"), (3, "Thursday"), (4, "Friday"), (5, "Saturday"),
    (6, "Sunday"),
]  # fmt: skip


class Notice(models.Model):
    """One thing that one colleague was told, once. One that is about nothing is about itself:
    `about_type` is empty and `about_id` its own key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=250)
    body = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True)
    about_name = models.CharField(max_length=200, blank=True, db_default="")
    on_behalf = models.CharField(
        max_length=200, blank=True, db_default="", help_text="For whom, if its reader covers."
    )
    turn_id = models.BigIntegerField(null=True, help_text="The open question that it speaks of.")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    quiet = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Its reader wants such ones uncounted in the inbox.",
    )
    settled_at = models.DateTimeField(null=True, help_text="When it no longer needed its reader.")
    waits_for_digest = models.BooleanField(default=False)
    escalate_at = models.DateTimeField(
        null=True, help_text="When to look whether it was read; empty when nothing more happens."
    )
    escalated = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="1: mailed all the same. 2: others were told."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notices_notice_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notices_of_user"),
            models.Index(
                fields=["user", "-id"], name="notices_unread", condition=Q(read_at__isnull=True)
            ),
            models.Index(
                fields=["user", "id"], name="notices_for_digest", condition=Q(waits_for_digest=True)
            ),
            models.Index(
                fields=["user", "about_type", "about_id", "-id"], name="notices_of_subject"
            ),
            models.Index(
                fields=["about_type", "about_id"], name="notices_to_settle",
                condition=Q(escalate_at__isnull=False) | Q(waits_for_digest=True),
            ),
            models.Index(
                fields=["escalate_at", "id"], name="notices_to_escalate",
                condition=Q(escalate_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class Bundle(models.Model):
    """What one colleague was told about one subject: a row of the inbox.

    Two rows each, written with the notice: one over all kinds (`kind` is empty) and one of the
    notice's kind, so that every list of the inbox is a walk along one index.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, blank=True)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField()
    last = models.ForeignKey(Notice, models.CASCADE, related_name="+")
    total = models.PositiveIntegerField()
    unread = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "about_type", "about_id"], name="notices_bundle_once"
            ),
            models.CheckConstraint(
                name="notices_bundle_unread_of_total", condition=Q(unread__lte=F("total"))
            ),
        ]
        indexes = [
            models.Index(fields=["user", "kind", "-last"], name="notices_bundle_newest"),
            models.Index(
                fields=["user", "kind", "-last"], name="notices_bundle_unread",
                condition=Q(unread__gt=0),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unread} of {self.total} about {self.about_type} {self.about_id}"


class Preference(models.Model):
    """How one colleague wants to hear of one kind on one channel."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    channel = models.CharField(max_length=12, default="mail", db_default="mail")
    how = models.CharField(max_length=8, choices=Mail, db_column="mail")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "channel"], name="notices_preference_of_channel_once"
            ),
            models.CheckConstraint(
                name="notices_preference_how_known", condition=Q(how__in=Mail.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.channel}: {self.how}"


class Rhythm(models.Model):
    """When one colleague wants mail at all, in her own zone."""

    class Digest(models.TextChoices):
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Once a week"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="rhythm")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    digest = models.CharField(max_length=8, choices=Digest, default=Digest.DAILY)
    weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS, default=0, db_default=0)
    digest_at = models.TimeField(default=time(8))
    digested_at = models.DateTimeField(
        null=True, help_text="For which moment the last summary was, not when a worker got to it."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notices_rhythm_quiet_has_both_ends",
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
            ),
            models.CheckConstraint(
                name="notices_rhythm_weekday_known", condition=Q(weekday__lte=WEEKDAYS[-1][0])
            ),
        ]

    def __str__(self) -> str:
        return f"Rhythm of {self.user_id}"


class ReminderRule(models.Model):
    """When a question that waits is told again; hours are working hours of the asked side."""

    class Asked(models.TextChoices):
        PERSON = "person", "A colleague"
        DEPARTMENT = "department", "A department"

    asked = models.CharField("Asked of", max_length=12, choices=Asked, unique=True)
    after_hours = models.PositiveSmallIntegerField(
        "Remind after hours", validators=HOURS, default=8
    )
    every_hours = models.PositiveSmallIntegerField(
        "And again every hours", validators=HOURS, null=True, blank=True,
        help_text="Empty: once only.",
    )  # fmt: skip
    most = models.PositiveSmallIntegerField(
        "At most so often", default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    asker_after_hours = models.PositiveSmallIntegerField(
        "Tell who asked after hours", validators=HOURS, null=True, blank=True,
        help_text="Empty: never.",
    )  # fmt: skip
    manager_after_hours = models.PositiveSmallIntegerField(
        "Tell the managers after hours", validators=HOURS, null=True, blank=True,
        help_text="Those of the team that was asked. Empty: never.",
    )  # fmt: skip
    is_active = models.BooleanField("In use", default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notices_reminderrule_hours_fit",
                condition=Q(after_hours__range=(1, MOST_HOURS), most__range=(1, 20))
                & (Q(every_hours=None) | Q(every_hours__range=(1, MOST_HOURS)))
                & (Q(asker_after_hours=None) | Q(asker_after_hours__range=(1, MOST_HOURS)))
                & (Q(manager_after_hours=None) | Q(manager_after_hours__range=(1, MOST_HOURS))),
            ),
        ]

    def __str__(self) -> str:
        return f"Questions to {self.get_asked_display().lower()}"


class TurnWatch(models.Model):
    """How often an open question was told again, and when to look next; gone once it is closed."""

    turn = models.OneToOneField(Turn, models.CASCADE, related_name="+", primary_key=True)
    reminded = models.PositiveSmallIntegerField(default=0)
    asker_told_at = models.DateTimeField(null=True)
    manager_told_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True, help_text="Empty when nothing more happens.")

    class Meta:
        verbose_name_plural = "turn watches"
        indexes = [
            models.Index(
                fields=["look_at"],
                name="notices_turnwatch_next",
                condition=Q(look_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"Watch of turn {self.turn_id}"


class EscalationRule(models.Model):
    """What happens while a notice of a kind is not read; hours are its reader's working hours."""

    class To(models.TextChoices):
        MANAGERS = "managers", "The managers of the team"
        PERSON = "person", "One person"

    kind = models.CharField(max_length=20, choices=MATTERING, unique=True)
    mail_after_hours = models.PositiveSmallIntegerField(
        "Mail it after hours", validators=HOURS, null=True, blank=True,
        help_text="Also to who wanted it in the summary. Empty: never.",
    )  # fmt: skip
    tell_after_hours = models.PositiveSmallIntegerField(
        "Tell others after more hours", validators=HOURS, null=True, blank=True,
        help_text="Counted from the mail. Empty: never.",
    )  # fmt: skip
    to = models.CharField("Tell", max_length=10, choices=To, default=To.MANAGERS)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    is_active = models.BooleanField("In use", default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notices_escalationrule_person_named",
                condition=(Q(to="person") & Q(person__isnull=False))
                | (Q(to="managers") & Q(person=None)),
            ),
            models.CheckConstraint(
                name="notices_escalationrule_hours_fit",
                condition=(Q(mail_after_hours=None) | Q(mail_after_hours__range=(1, MOST_HOURS)))
                & (Q(tell_after_hours=None) | Q(tell_after_hours__range=(1, MOST_HOURS))),
            ),
        ]

    def __str__(self) -> str:
        return f"While “{self.get_kind_display()}” is not read"
