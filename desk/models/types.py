"""The kinds of request that a rep can submit, and what we promise for each."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from comms.models import PastWords, Versioned
from crm.models import Account
from people.models import Team


class SlaPolicy(models.Model):
    """Promises in business seconds of the team's calendar; urgent requests get half."""

    name = models.CharField(max_length=100, unique=True)
    response_seconds = models.PositiveIntegerField(default=2 * 3600)
    resolution_seconds = models.PositiveIntegerField(default=8 * 3600)
    warn_seconds = models.PositiveIntegerField(
        default=1800, help_text="The holder is warned when so much business time is left."
    )
    escalate_seconds = models.PositiveIntegerField(
        default=3600, help_text="The managers hear of it when it is late by so much."
    )

    class Meta:
        verbose_name = "SLA policy"
        verbose_name_plural = "SLA policies"
        constraints = [
            models.CheckConstraint(
                name="desk_slapolicy_promises_something",
                condition=Q(response_seconds__gt=0, resolution_seconds__gt=0),
            )
        ]

    def __str__(self) -> str:
        return self.name


class RequestType(models.Model):
    """A typed form. `form` is a list of fields: {"name", "label", "kind", "required", "choices",
    "help", "at_least", "at_most", "show_if": {"field", "value"}, "required_if": the same}; kinds:
    text, long_text, choice, number, date, lines, people (addresses of colleagues), account,
    contact, file, check.

    What a request was asked with stays with it: see `FormVersion`."""

    class Creates(models.TextChoices):
        NOTHING = "", "Nothing"
        ORDER = "order", "Order"
        MEETING = "meeting", "Meeting"
        QUOTE = "quote", "Quote"
        MATERIAL = "material", "Material share"
        RECORD = "record", "Record change"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60, unique=True)
    description = models.CharField(max_length=200, blank=True)
    icon = models.CharField(max_length=40, default="help-circle")
    form = models.JSONField(default=list)
    checklist = models.JSONField(default=list, help_text="What the desk ticks off, in words.")
    version = models.PositiveIntegerField(default=1)
    creates = models.CharField(max_length=10, choices=Creates.choices, blank=True, default="")
    policy = models.ForeignKey(SlaPolicy, models.PROTECT)
    team = models.ForeignKey(Team, models.PROTECT)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class FormVersion(models.Model):
    """A type's form and checklist as they were: an old request keeps the form it was asked with."""

    type = models.ForeignKey(RequestType, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    form = models.JSONField(default=list)
    checklist = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["type", "version"], name="desk_formversion_once")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.version}"


class SlaRule(models.Model):
    """Another promise for some requests: the first rule, by position, whose conditions all hold.

    An empty condition holds for all; without a rule the type's own policy counts.
    """

    policy = models.ForeignKey(SlaPolicy, models.PROTECT, related_name="rules")
    position = models.PositiveSmallIntegerField(default=0)
    type = models.ForeignKey(RequestType, models.CASCADE, null=True, blank=True)
    priority = models.PositiveSmallIntegerField(null=True, blank=True)
    tier = models.CharField(max_length=10, choices=Account.Tier.choices, blank=True)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "SLA rule"

    def __str__(self) -> str:
        return f"{self.position}: {self.policy}"


class CannedAnswer(Versioned):
    """Words that are written again and again; `{{name}}` stands for what the request says."""

    title = models.CharField(max_length=100, unique=True)
    body = models.TextField(max_length=5_000)
    type = models.ForeignKey(RequestType, models.CASCADE, null=True, blank=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.title


class PastAnswer(PastWords):
    """Words that a canned answer had before somebody changed them. Never changed."""

    answer = models.ForeignKey(CannedAnswer, models.CASCADE, related_name="past")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["answer", "version"], name="desk_pastanswer_once")
        ]
