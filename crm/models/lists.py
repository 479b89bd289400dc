"""What people make of lists: fields of their own, saved views, steps on many rows."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from people.models import Team


class RecordKind(models.TextChoices):
    ACCOUNT = "account", "Accounts"
    CONTACT = "contact", "Contacts"
    LEAD = "lead", "Leads"
    DEAL = "deal", "Deals"


class ListKind(models.TextChoices):
    """What has a list with saved views: the records, and what was done about them."""

    ACCOUNT = "account", "Accounts"
    CONTACT = "contact", "Contacts"
    LEAD = "lead", "Leads"
    DEAL = "deal", "Deals"
    ACTIVITY = "activity", "Activities"


class CustomField(models.Model):
    """A field that a company adds to its records; values stand in `custom` of the row, by `key`.

    Text, choice and address are strings; number is a JSON number; date is YYYY-MM-DD; yes/no is a
    boolean. Empty values have no key.
    """

    class Type(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        DATE = "date", "Date"
        CHOICE = "choice", "Choice"
        YES_NO = "yes_no", "Yes or no"

    kind = models.CharField(max_length=8, choices=RecordKind)
    key = models.CharField(max_length=40, validators=[RegexValidator(r"\A[a-z][a-z0-9_]*\Z")])
    label = models.CharField(max_length=60)
    type = models.CharField(max_length=6, choices=Type)
    choices = models.JSONField(default=list, blank=True, help_text="Words, for a choice.")
    is_required = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="crm_customfield_key_once")
        ]

    def __str__(self) -> str:
        return self.label


class CustomValue(models.Model):
    """The numbers and days of `custom`, so that a range is found by an index.

    A trigger of the database keeps these rows (migration 0007): whoever writes `custom`, by a form,
    an import or a statement over many rows, need not know of them.
    """

    kind = models.CharField(max_length=8, choices=RecordKind)
    row_id = models.BigIntegerField()
    key = models.CharField(max_length=40)
    number = models.DecimalField(max_digits=30, decimal_places=6, null=True)
    day = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "row_id", "key"], name="crm_customvalue_key_once"
            ),
            models.CheckConstraint(
                name="crm_customvalue_number_or_day",
                condition=Q(number__isnull=True) | Q(day__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "key", "number", "row_id"], name="crm_customvalue_number",
                condition=Q(number__isnull=False),
            ),
            models.Index(
                fields=["kind", "key", "day", "row_id"], name="crm_customvalue_day",
                condition=Q(day__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.key} of {self.kind} {self.row_id}"


class RecordView(models.Model):
    """A name for a state of a list's address: filters, order, columns, layout."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, help_text="Shared with this team."
    )
    kind = models.CharField(max_length=8, choices=ListKind)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1_000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "name"], name="crm_recordview_once")
        ]

    def __str__(self) -> str:
        return self.name


class BulkChange(models.Model):
    """One change of many rows, with what each said before, so that it can be taken back."""

    kind = models.CharField(max_length=8, choices=RecordKind)
    changes = models.JSONField(help_text="{field: value}")
    before = models.JSONField(help_text="{key of the row: {field: value}}, of those that differed.")
    refused = models.JSONField(default=list, help_text="[[key, words]]")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    kept = models.JSONField(default=list, help_text="Rows that were changed since and stay so.")

    class Meta:
        indexes = [models.Index(fields=["by", "at"], name="crm_bulkchange_by")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} changed by {self.by}"
