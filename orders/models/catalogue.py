"""What we sell, and for how much."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from kit.search import Trigrams, contains_fragment


class ProductQuerySet(models.QuerySet["Product"]):
    def sellable(self) -> "ProductQuerySet":
        return self.filter(discontinued=False)

    def search(self, fragment: str) -> "ProductQuerySet":
        """By a fragment of the name or the beginning of the SKU."""
        return contains_fragment(self, "name", fragment) | self.filter(sku__istartswith=fragment)


class Product(models.Model):
    sku = models.CharField("SKU", max_length=60)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=60, default="piece")
    pack_size = models.PositiveIntegerField(default=1)
    minimum_quantity = models.PositiveIntegerField(default=1)
    lead_time_days = models.PositiveIntegerField(default=10)
    discontinued = models.BooleanField(default=False)
    external_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unique when given

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Upper("sku"), name="orders_product_sku_once"),
            models.UniqueConstraint(
                fields=["external_id"],
                name="orders_product_external_id_once",
                condition=Q(external_id__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_product_pack_and_minimum_positive",
                condition=Q(pack_size__gt=0, minimum_quantity__gt=0),
            ),
        ]
        indexes = [
            GinIndex(Trigrams("name"), name="orders_product_name_trigrams"),
            models.Index(fields=["sku"], name="orders_product_sku", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class PriceList(models.Model):
    name = models.CharField(max_length=100, unique=True)
    currency = models.CharField(max_length=3, default="EUR")
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["currency"],
                condition=Q(is_default=True),
                name="orders_pricelist_one_default",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """What a product costs on a list from a day until the day before another."""

    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="prices")
    product = models.ForeignKey(Product, models.CASCADE, related_name="prices")
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="orders_price_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="orders_price_ends_after_start",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            models.UniqueConstraint(
                fields=["price_list", "product", "valid_from"], name="orders_price_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.amount} from {self.valid_from}"
