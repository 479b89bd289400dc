"""What left the house, and what came back."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from crm.models import Account
from orders.models.catalogue import Product
from orders.models.order import IllegalMove, Order, OrderIssue, OrderLine


class Shipment(models.Model):
    """One parcel or pallet of an order."""

    number = models.CharField(max_length=30, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="shipments")
    carrier = models.CharField(max_length=60, blank=True, default="")
    tracking_number = models.CharField(max_length=80, blank=True, default="")
    shipped_at = models.DateTimeField()
    shipped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    delivered_at = models.DateTimeField(null=True)
    received_by = models.CharField(
        max_length=150, blank=True, default="", help_text="Who signed for it."
    )

    class Meta:
        indexes = [models.Index(fields=["-shipped_at", "-id"], name="orders_shipment_newest")]

    def __str__(self) -> str:
        return self.number


class ShipmentLine(models.Model):
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="shipments")
    quantity = models.DecimalField(max_digits=14, decimal_places=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="orders_shipmentline_once"),
            models.CheckConstraint(
                name="orders_shipmentline_positive", condition=Q(quantity__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"


class ReturnStatus(models.TextChoices):
    ASKED = "asked", "Asked for"
    APPROVED = "approved", "Expected back"
    RECEIVED = "received", "Received"
    CLOSED = "closed", "Closed"
    REFUSED = "refused", "Refused"


RETURN_MOVES: Final[Mapping[ReturnStatus, frozenset[ReturnStatus]]] = {
    ReturnStatus.ASKED: frozenset({ReturnStatus.APPROVED, ReturnStatus.REFUSED}),
    ReturnStatus.APPROVED: frozenset({ReturnStatus.RECEIVED, ReturnStatus.REFUSED}),
    ReturnStatus.RECEIVED: frozenset({ReturnStatus.CLOSED}),
    ReturnStatus.CLOSED: frozenset(),
    ReturnStatus.REFUSED: frozenset(),
}


class OrderReturn(models.Model):
    """An RMA: the customer sends goods back, for a reason that may count against accuracy."""

    class Reason(models.TextChoices):
        WRONG_ITEM = "wrong_item", "Wrong item"
        QUANTITY = "quantity", "Wrong quantity"
        DAMAGED = "damaged", "Damaged on the way"
        DEFECT = "defect", "Defect"
        DATE = "date", "Came too late"
        CHANGED_MIND = "changed_mind", "The customer changed her mind"

    number = models.CharField(max_length=30, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="returns")
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, related_name="returns",
        help_text="Empty for an imported cancellation whose order nobody knows.",
    )  # fmt: skip
    currency = models.CharField(max_length=3, default="EUR")
    net = models.DecimalField(max_digits=16, decimal_places=4, default=0)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    cause = models.CharField(max_length=12, choices=OrderIssue.Cause.choices)
    note = models.CharField(max_length=400, blank=True, default="")
    status = models.CharField(max_length=10, choices=ReturnStatus, default=ReturnStatus.ASKED)
    issue = models.ForeignKey(OrderIssue, models.SET_NULL, null=True, related_name="+")
    external_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unique when given
    asked_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"], name="orders_return_external_id_once",
                condition=Q(external_id__isnull=False),
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["-asked_at", "-id"], name="orders_return_newest")]

    def __str__(self) -> str:
        return self.number

    def move(self, to: ReturnStatus) -> None:
        """Go to another status, if the table has that move.

        :raises IllegalMove: with words for the person who tried.
        """
        here = ReturnStatus(self.status)
        if to not in RETURN_MOVES[here]:
            raise IllegalMove(
                f"{self.number} is {here.label.lower()}; it cannot become {to.label.lower()}."
            )
        self.status = to


class ReturnLine(models.Model):
    """How much of a line comes back, and how much of that can be sold again."""

    order_return = models.ForeignKey(OrderReturn, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="returns")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    restocked = models.DecimalField(max_digits=14, decimal_places=3, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_return", "line"], name="orders_returnline_once"),
            models.CheckConstraint(
                name="orders_returnline_sane",
                condition=Q(
                    quantity__gt=0,
                    restocked__gte=0,
                    restocked__lte=F("quantity"),
                    unit_price__gte=0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"
