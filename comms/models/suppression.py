"""Addresses that get no mail any more."""

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from comms.models.delivery import Delivery
from kit.digests import stand_in


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def standing(self) -> "SuppressionQuerySet":
        return self.filter(lifted_at=None)

    def among(self, addresses: Collection[str]) -> "SuppressionQuerySet":
        """Of these addresses, which are in lower case; of people who were erased, too."""
        kept = [*addresses, *(stand_in(address) for address in addresses)]
        return self.annotate(lower=Lower("address")).filter(lower__in=kept)

    def by_address(self, addresses: Collection[str]) -> "dict[str, Suppression]":
        """{address in lower case: what stops it}, of these addresses."""
        found = {row.address.lower(): row for row in self.among(addresses)}
        both = (
            (address, found.get(address) or found.get(stand_in(address))) for address in addresses
        )
        return {address: row for address, row in both if row is not None}


class Suppression(models.Model):
    """No mail goes to an address, until a person lifts it with a reason."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", "Mail came back"
        COMPLAINT = "complaint", "Reported as unwanted"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        PERSON = "person", "By hand"

    address = models.EmailField()
    reason = models.CharField(max_length=12, choices=Reason)
    why = models.CharField(max_length=500, blank=True, help_text="What the other side said.")
    delivery = models.ForeignKey(Delivery, models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    lifted_why = models.CharField(max_length=300, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("address"), name="comms_suppression_once", condition=Q(lifted_at=None)
            ),
            models.CheckConstraint(
                name="comms_suppression_lifted_with_a_reason",
                condition=Q(lifted_at=None) | ~Q(lifted_why=""),
            ),
        ]

    def __str__(self) -> str:
        return self.address
