"""The kinds of request that a rep can submit, and what we promise for each."""

from django.db import models
from django.db.models import Q

from people.models import Team


class SlaPolicy(models.Model):
    """Promises in business seconds of the team's calendar; urgent requests get half."""

    name = models.CharField(max_length=100, unique=True)
    response_seconds = models.PositiveIntegerField(default=2 * 3600)
    resolution_seconds = models.PositiveIntegerField(default=8 * 3600)

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
    "help", "at_least", "at_most", "show_if": {"field", "value"}}; kinds: text, long_text, choice,
    number, date, lines, people (addresses of colleagues), check."""

    class Creates(models.TextChoices):
        NOTHING = "", "Nothing"
        ORDER = "order", "Order"
        MEETING = "meeting", "Meeting"
        QUOTE = "quote", "Quote"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60, unique=True)
    description = models.CharField(max_length=200, blank=True)
    icon = models.CharField(max_length=40, default="help-circle")
    form = models.JSONField(default=list)
    creates = models.CharField(max_length=10, choices=Creates.choices, blank=True, default="")
    policy = models.ForeignKey(SlaPolicy, models.PROTECT)
    team = models.ForeignKey(Team, models.PROTECT)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name
