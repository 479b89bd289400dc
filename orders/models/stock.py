"""Stock: moves are authoritative, the counters on an item are derived from them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from orders.models.catalogue import Product


class Warehouse(models.Model):
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class StockItem(models.Model):
    """A product in a warehouse. `reserved` can never pass `on_hand`: the database refuses it."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="stock")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="stock")
    on_hand = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    reserved = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    reorder_level = models.DecimalField(max_digits=14, decimal_places=3, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "warehouse"], name="orders_stockitem_once_per_warehouse"
            ),
            models.CheckConstraint(
                name="orders_stockitem_never_oversold",
                condition=Q(reserved__gte=0, on_hand__gte=F("reserved")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.warehouse_id}"


class StockMove(models.Model):
    """One change of stock. Receipts, returns and adjustments change `on_hand`, reservations
    `reserved`, a shipment both."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", "Receipt"
        RESERVE = "reserve", "Reserved"
        RELEASE = "release", "Released"
        SHIP = "ship", "Shipped"
        ADJUST = "adjust", "Adjusted"
        RETURN = "return", "Came back"

    item = models.ForeignKey(StockItem, models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    order_line = models.ForeignKey(
        "orders.OrderLine", models.SET_NULL, null=True, related_name="stock_moves"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_stockmove_quantity_positive_but_adjust",
                condition=Q(kind="adjust") | Q(quantity__gt=0),
            )
        ]
        indexes = [models.Index(fields=["item", "at"], name="orders_stockmove_item")]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"


class IncomingStock(models.Model):
    """What is on its way, and when it is expected."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="incoming")
    warehouse = models.ForeignKey(Warehouse, models.CASCADE)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    expected_on = models.DateField()
    received_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=60, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_incomingstock_quantity_positive", condition=Q(quantity__gt=0)
            )
        ]
        indexes = [
            models.Index(
                fields=["product", "expected_on"],
                name="orders_incomingstock_awaited",
                condition=Q(received_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.expected_on}"
