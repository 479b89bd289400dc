"""Deals: what may become business, where each stands, and where it stood before."""

from datetime import date
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from crm.models.records import EMPTY, EVERY_TERRITORY, Account, Contact
from kit.search import Trigrams, contains_fragment
from people.models import Team, User

# What a stage can ask for before a deal enters it: attribute of Deal -> words.
ENTRY_RULES: Final = {
    "amount": "an amount", "close_on": "a close date", "next_step": "a next step",
    "contact": "a contact", "owner": "an owner", "competitors": "who else is asked",
    "lines": "products",
}  # fmt: skip

# Lists are ordered by these, and an order has no gaps: no close date comes last, no amount first.
NEVER: Final = Value(date(9999, 12, 31), output_field=models.DateField())
NO_AMOUNT: Final = Value(
    Decimal(-1), output_field=models.DecimalField(max_digits=14, decimal_places=2)
)


class Pipeline(models.Model):
    """A way that deals go; a team may have its own."""

    name = models.CharField(max_length=80, unique=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """One step of a pipeline. Its kind says what it means to stand there."""

    class Kind(models.TextChoices):
        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.OPEN)
    position = models.PositiveSmallIntegerField(default=0)
    probability = models.PositiveSmallIntegerField(
        default=50, validators=[MaxValueValidator(100)],
        help_text="Per cent, used in the forecast until enough deals have gone through.",
    )  # fmt: skip
    requires = ArrayField(
        models.CharField(max_length=20), default=list, blank=True,
        help_text="What a deal must have before it enters.",
    )  # fmt: skip
    stale_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="A deal that stands here longer is stuck; empty: never.",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "name"], name="crm_stage_name_once"),
            models.CheckConstraint(
                name="crm_stage_probability", condition=Q(probability__lte=100)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class LostReason(models.Model):
    """Why we do not get the business."""

    name = models.CharField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class DealQuerySet(models.QuerySet["Deal"]):
    def open(self) -> "DealQuerySet":
        return self.filter(status=Stage.Kind.OPEN)

    def visible_to(self, user: User) -> "DealQuerySet":
        """Deals of accounts that `user` may see, and her own."""
        if user.has_perm(EVERY_TERRITORY):
            return self
        return self.filter(Q(account__in=Account.objects.visible_to(user)) | Q(owner=user))

    def search(self, fragment: str) -> "DealQuerySet":
        return contains_fragment(self, "name", fragment)


class Deal(models.Model):
    """Business that we may win. `status` is the kind of its stage, kept for indexes."""

    name = models.CharField(max_length=200)
    account = models.ForeignKey(Account, models.PROTECT, related_name="deals")
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="deals"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="deals"
    )
    agent = models.CharField(
        max_length=100, blank=True, help_text="Who had it in the system it came from."
    )
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="deals")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="deals")
    status = models.CharField(max_length=4, choices=Stage.Kind, default=Stage.Kind.OPEN)
    stage_since = models.DateTimeField()
    amount = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(max_length=3, default="EUR")
    close_on = models.DateField("expected to close", null=True, blank=True)
    next_step = models.CharField(max_length=200, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    competitors = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    source = models.CharField(max_length=80, blank=True)
    lost_reason = models.ForeignKey(LostReason, models.PROTECT, null=True, blank=True)
    lost_note = models.CharField(max_length=500, blank=True)
    external_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unique when given
    custom = models.JSONField(default=dict, blank=True, db_default=EMPTY)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(help_text="The last time that anything was done about it.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    objects = DealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                name="crm_deal_external_id_once",
                condition=Q(external_id__isnull=False),
            ),
            models.CheckConstraint(
                name="crm_deal_closed_means_when",
                condition=Q(status="open", closed_at__isnull=True)
                | (~Q(status="open") & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="crm_deal_amount_not_negative",
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
            ),
            models.CheckConstraint(
                name="crm_deal_reason_only_when_lost",
                condition=Q(status="lost") | Q(lost_reason__isnull=True),
            ),
            models.CheckConstraint(
                name="crm_deal_closed_after_opened",
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["pipeline", "stage", "id"], name="crm_deal_open", condition=Q(status="open")),
            models.Index(fields=["owner", "id"], name="crm_deal_open_of", condition=Q(status="open")),
            models.Index(fields=["account", "id"], name="crm_deal_account_id"),
            models.Index(fields=["closed_at", "id"], name="crm_deal_closed", condition=Q(closed_at__isnull=False)),
            models.Index(fields=["opened_at", "id"], name="crm_deal_opened"),
            models.Index(fields=["updated_at", "id"], name="crm_deal_changed"),
            models.Index(
                fields=["stage_since", "id"], name="crm_deal_open_by_stage",
                condition=Q(status="open"),
            ),
            models.Index(fields=["name", "id"], name="crm_deal_open_by_name", condition=Q(status="open")),
            models.Index(
                Coalesce("next_step_on", NEVER), F("id"), name="crm_deal_open_by_next",
                condition=Q(status="open"),
            ),
            models.Index(
                Coalesce("close_on", NEVER), F("id"), name="crm_deal_open_by_close",
                condition=Q(status="open"),
            ),
            models.Index(
                Coalesce("amount", NO_AMOUNT), F("id"), name="crm_deal_open_by_amount",
                condition=Q(status="open"),
            ),
            GinIndex(Trigrams("name"), name="crm_deal_name_trigrams"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="crm_deal_custom"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class DealStage(models.Model):
    """A time that a deal stood in a stage; the last one has no end."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="history")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deal"], name="crm_dealstage_one_current", condition=Q(to_at__isnull=True)
            ),
            models.CheckConstraint(
                name="crm_dealstage_forwards",
                condition=Q(to_at__isnull=True) | Q(to_at__gte=F("from_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["stage", "to_at"], name="crm_dealstage_stage"),
            models.Index(fields=["from_at"], name="crm_dealstage_from"),
        ]

    def __str__(self) -> str:
        return f"{self.deal} in {self.stage}"


class DealLine(models.Model):
    """A product of a deal, by its number in the catalogue and what it was called at that time."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="lines")
    sku = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    price = models.DecimalField(max_digits=14, decimal_places=2)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="crm_dealline_sensible", condition=Q(quantity__gt=0, price__gte=0)
            )
        ]
        indexes = [models.Index(fields=["sku"], name="crm_dealline_sku")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.name}"


class DealLink(models.Model):
    """Something else that belongs to a deal: a quote, an order, a request, a meeting."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="links")
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "subject_type", "subject_id"], name="crm_deallink_once"
            )
        ]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="crm_deallink_subject")]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id} of {self.deal}"
