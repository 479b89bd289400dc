"""Changes of an order that was confirmed already."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from orders.models.order import Order


class Amendment(models.Model):
    """What is to change of a confirmed order: proposed, perhaps approved, applied or refused.

    `changes` is a list of {"line": key or null, "sku": ..., "quantity": "5" ("0" takes the line
    off), "unit_price": "...", "discount_percent": "..."}; `before` and `after` are the lines as
    they were and as they became.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for approval"
        APPLIED = "applied", "Applied"
        REFUSED = "refused", "Refused"

    class Cause(models.TextChoices):
        CUSTOMER = "customer", "The customer asked for it"
        COORDINATOR = "coordinator", "We had it wrong"
        REP = "rep", "The rep had it wrong"
        WAREHOUSE = "warehouse", "The warehouse cannot deliver it"

    order = models.ForeignKey(Order, models.CASCADE, related_name="amendments")
    number = models.PositiveIntegerField()
    cause = models.CharField(max_length=12, choices=Cause.choices)
    reason = models.CharField(max_length=300)
    changes = models.JSONField(default=list)
    before = models.JSONField(default=list)
    after = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    content_hash = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="orders_amendment_number"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="waiting"),
                name="orders_amendment_one_at_a_time",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.order.number} change {self.number}"
