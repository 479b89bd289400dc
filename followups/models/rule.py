"""Rules, made in the browser: when, to whom, what, and until when."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Rule(models.Model):
    """What happened about one kind of thing is followed by steps, until something stops them.

    What can be said of a kind (readers, moments, fields) stands in `followups.kinds`.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    about = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=60, help_text="A key of followups.kinds.KINDS.")
    actions = ArrayField(
        models.CharField(max_length=80), help_text="What happened, as the journal says it."
    )
    conditions = models.JSONField(default=list, help_text="[{field, op, value}], all must hold.")
    reader = models.CharField(max_length=30, help_text="One of the kind's readers.")
    stops = ArrayField(models.CharField(max_length=20), default=list)
    most = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Messages to one reader about one thing at the most."
    )
    restarts = models.BooleanField(
        default=True, help_text="Happening again stops what was scheduled before."
    )
    may_leave = models.BooleanField(
        default=False, help_text="A customer may stop these mails by the link in them."
    )
    is_active = models.BooleanField(default=False)
    shipped = models.BooleanField(default=False, help_text="Came with the portal.")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = "follow-up rule"
        constraints = [
            models.CheckConstraint(name="followups_rule_has_a_trigger", condition=~Q(actions=[])),
            models.CheckConstraint(
                name="followups_rule_most_positive", condition=Q(most=None) | Q(most__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Step(models.Model):
    """One message of a rule: so long after (or before) a moment, in that text."""

    class Unit(models.TextChoices):
        MINUTES = "minutes", "minutes"
        HOURS = "hours", "hours"
        DAYS = "days", "days"

    class Clock(models.TextChoices):
        ALWAYS = "always", "by the clock"
        READER = "reader", "of the reader's working time"
        SENDER = "sender", "of our working time"

    class Channel(models.TextChoices):
        MAIL = "mail", "E-mail"
        NOTICE = "notice", "Inbox, as the colleague chose"

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    anchor = models.CharField(
        max_length=30, blank=True, help_text="A moment of the kind; empty: when it happened."
    )
    amount = models.SmallIntegerField(default=0, help_text="Below zero: before the moment.")
    unit = models.CharField(max_length=8, choices=Unit, default=Unit.DAYS)
    clock = models.CharField(max_length=8, choices=Clock, default=Clock.READER)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.MAIL)
    needs_approval = models.BooleanField(default=False)
    subject = models.CharField(max_length=250)
    body = models.TextField(max_length=10_000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "position"], name="followups_step_once"),
            models.CheckConstraint(
                name="followups_step_before_a_moment_only",
                condition=Q(amount__gte=0) | ~Q(anchor=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}, step {self.position}"


class PauseQuerySet(models.QuerySet["Pause"]):
    def standing(self) -> "PauseQuerySet":
        return self.filter(ended_at=None)

    def holding(self, rule: str, account_id: int | None) -> "PauseQuerySet":
        """Those that keep a follow-up of this rule to this account from going out."""
        everything = Q(rule=None, account_id=None)
        own = Q(account_id=account_id) if account_id is not None else Q(pk=None)
        return self.filter(everything | Q(rule__code=rule) | own)


class Pause(models.Model):
    """Nothing goes out by itself: of one rule, to one account, or at all; until somebody goes on."""

    rule = models.ForeignKey(Rule, models.CASCADE, null=True, blank=True, related_name="pauses")
    account_id = models.BigIntegerField(null=True, blank=True)
    since = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    why = models.CharField(max_length=300)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = PauseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "account_id"], condition=Q(ended_at=None), nulls_distinct=False,
                name="followups_pause_once",
            ),
            models.CheckConstraint(name="followups_pause_says_why", condition=~Q(why="")),
            models.CheckConstraint(
                name="followups_pause_of_one_thing", condition=Q(rule=None) | Q(account_id=None)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Since {self.since:%Y-%m-%d %H:%M}: {self.why}"


class Limits(models.Model):
    """One row: what holds for all rules."""

    most_a_week = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Mails that one contact gets by itself in seven days."
    )
    stale_hours = models.PositiveSmallIntegerField(
        default=48, help_text="What is later than this waits for a person instead of going out."
    )

    class Meta:
        verbose_name_plural = "limits"
        constraints = [
            models.CheckConstraint(name="followups_limits_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="followups_limits_positive",
                condition=(Q(most_a_week=None) | Q(most_a_week__gt=0)) & Q(stale_hours__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return "Limits of follow-ups"
