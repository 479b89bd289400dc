"""Words that are written again and again."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from comms.models.talk import Message
from people.models import Team


class Versioned(models.Model):
    """Words of any kind that somebody looks after, in versions: a `title`, a `body`, `is_active`, and
    `past`, its `PastWords`. WORDS are the columns that say something: when one of them changes, what it
    said before is kept (comms.services.keep_words)."""

    WORDS: ClassVar[tuple[str, ...]] = ("title", "body")
    title: Any
    is_active: Any
    past: Any

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
        abstract = True


class PastWords(models.Model):
    """Words of any kind as they were before somebody changed them. Never changed."""

    version = models.PositiveIntegerField()
    title = models.CharField(max_length=100)
    body = models.TextField(max_length=5_000)
    until = models.DateTimeField(help_text="When other words came.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+",
        help_text="Who changed them.",
    )  # fmt: skip

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"


class MessageTemplate(Versioned):
    """Words with variables, offered where somebody writes. `{{contact}}` and the like stand for
    what the object, the reader and the writer say."""

    WORDS = ("title", "subject_line", "body")

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


class PastTemplate(PastWords):
    """Words that a template had before somebody changed them. Never changed."""

    template = models.ForeignKey(MessageTemplate, models.CASCADE, related_name="past")
    subject_line = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "version"], name="comms_pasttemplate_once"
            )
        ]  # fmt: skip


class TemplateUse(models.Model):
    """How often words were taken on a day, of whatever source: `key` is that of the offer."""

    key = models.CharField(max_length=40)
    version = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Which words they were; 0 before that was written down."
    )
    on = models.DateField()
    count = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "on", "version"], name="comms_templateuse_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.count} on {self.on}"


class WordsTaken(models.Model):
    """Which words a message was written with, and in which version: `key` is that of the offer."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="words_taken")
    key = models.CharField(max_length=40)
    version = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "words taken"
        constraints = [
            models.UniqueConstraint(
                fields=["message", "key", "version"], name="comms_wordstaken_once"
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["key", "version"], name="comms_wordstaken_key")]

    def __str__(self) -> str:
        return f"{self.key}, version {self.version}"
