"""What people set up and take care of: which checks run, whose exception it is, whose sheet."""

from django.conf import settings
from django.db import models

from crm.models import Account
from orders.models.order import Order


class CheckSetting(models.Model):
    """How the administrator wants a check; a check without one runs as it was written."""

    class Severity(models.TextChoices):
        OWN = "own", "As the check says"
        BLOCKS = "blocks", "Always stops the order"
        WARNS = "warns", "Only warns"
        OFF = "off", "Off"

    code = models.CharField(max_length=20, unique=True)
    severity = models.CharField(max_length=6, choices=Severity.choices, default=Severity.OWN)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.code}: {self.severity}"


class Care(models.Model):
    """Who takes care of an order's exception, and until when nobody needs to look at it."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="care")
    kind = models.CharField(max_length=20)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    snoozed_until = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name_plural = "care"
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="orders_care_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.order_id}"


class SheetMap(models.Model):
    """Which columns a customer's own order sheet has; remembered from the last upload."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="sheet_map")
    columns = models.JSONField(help_text='{"sku": "Art. no.", "quantity": "Qty", ...}')
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Sheet of {self.account_id}"
