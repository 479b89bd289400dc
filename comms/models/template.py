"""Words that are written again and again."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from people.models import Team


class MessageTemplate(models.Model):
    """Words with variables, offered where somebody writes. `{{contact}}` and the like stand for
    what the object, the reader and the writer say."""

    class About(models.TextChoices):
        ANYTHING = "", "Anything"
        REQUEST = "desk.salesrequest", "Requests"
        HANDOFF = "desk.handoff", "Hand-offs"
        QUOTE = "orders.quotefamily", "Quotes"
        ORDER = "orders.order", "Orders"
        MEETING = "meetings.meeting", "Meetings"
        ACCOUNT = "crm.account", "Accounts"

    title = models.CharField(max_length=100)
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="message_templates",
        help_text="Left empty, everybody is offered it.",
    )  # fmt: skip
    about = models.CharField(
        max_length=60, blank=True, choices=About, help_text="Where it is offered."
    )
    subject_line = models.CharField(
        max_length=200, blank=True, help_text="The subject of the mail; left empty, the usual one."
    )
    body = models.TextField(max_length=5_000)
    is_active = models.BooleanField("Offered", default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="Who sees to it that it stays right.",
    )  # fmt: skip
    review_on = models.DateField(
        "look through again on", null=True, blank=True,
        help_text="After this day it counts as outdated.",
    )  # fmt: skip
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "title"], name="comms_messagetemplate_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="comms_messagetemplate_not_empty", condition=~Q(title="") & ~Q(body="")
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PastTemplate(models.Model):
    """Words that a template had before somebody changed them. Never changed."""

    template = models.ForeignKey(MessageTemplate, models.CASCADE, related_name="past")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=100)
    subject_line = models.CharField(max_length=200, blank=True)
    body = models.TextField(max_length=5_000)
    until = models.DateTimeField(help_text="When other words came.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+",
        help_text="Who changed them.",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "version"], name="comms_pasttemplate_once"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"


class TemplateUse(models.Model):
    """How often words were taken on a day, of whatever source: `key` is that of the offer."""

    key = models.CharField(max_length=40)
    on = models.DateField()
    count = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "on"], name="comms_templateuse_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.count} on {self.on}"
