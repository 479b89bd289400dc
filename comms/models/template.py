"""Words that are written again and again."""

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
