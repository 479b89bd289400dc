"""What we sell, and for how much.

Which price a customer pays, in this order: what a quote agreed; the customer's own list; the list
of the customer's segment; the default list of the currency. Within a list the highest quantity
break that the quantity reaches, then the latest day. One discount may come off it: the largest
that applies; discounts do not add up.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from crm.models import Account
from kit.search import Trigrams, contains_fragment


class ProductQuerySet(models.QuerySet["Product"]):
    def sellable(self) -> "ProductQuerySet":
        return self.filter(discontinued=False)

    def search(self, fragment: str) -> "ProductQuerySet":
        """By a fragment of the name or the beginning of the SKU."""
        return contains_fragment(self, "name", fragment) | self.filter(sku__istartswith=fragment)


class TaxClass(models.TextChoices):
    STANDARD = "standard", "Standard"
    REDUCED = "reduced", "Reduced"
    ZERO = "zero", "Zero"


class Product(models.Model):
    sku = models.CharField("SKU", max_length=60)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=60, default="piece")
    pack_size = models.PositiveIntegerField(default=1)
    minimum_quantity = models.PositiveIntegerField(default=1)
    lead_time_days = models.PositiveIntegerField(default=10)
    discontinued = models.BooleanField(default=False)
    replaced_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replaces"
    )
    tax_class = models.CharField(
        max_length=10, choices=TaxClass, default=TaxClass.STANDARD, db_default=TaxClass.STANDARD
    )
    weight_kg = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    cost = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, help_text="Of one unit, in EUR."
    )
    hazard = models.CharField(
        "hazard class", max_length=60, blank=True, default="", db_default="",
        help_text="Such as UN 1993, class 3. Empty for none.",
    )  # fmt: skip
    export_control = models.CharField(
        max_length=60, blank=True, default="", db_default="",
        help_text="The control number, such as 2B350. Empty for none.",
    )  # fmt: skip
    external_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unique when given

    objects = ProductQuerySet.as_manager()

    class Meta:
        permissions = [("view_margin", "Can see costs and margins")]
        constraints = [
            models.UniqueConstraint(Upper("sku"), name="orders_product_sku_once"),
            models.CheckConstraint(
                name="orders_product_cost_and_weight_not_negative",
                condition=(Q(cost__isnull=True) | Q(cost__gte=0))
                & (Q(weight_kg__isnull=True) | Q(weight_kg__gte=0)),
            ),
            models.CheckConstraint(
                name="orders_product_not_replaced_by_itself",
                condition=Q(replaced_by__isnull=True) | ~Q(replaced_by=F("id")),
            ),
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
            models.Index(
                OpClass(Upper("sku"), name="text_pattern_ops"), name="orders_product_sku_beginning"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class PriceList(models.Model):
    """The default list of a currency, or one for a segment or for a single customer."""

    name = models.CharField(max_length=100, unique=True)
    currency = models.CharField(max_length=3, default="EUR")
    is_default = models.BooleanField(default=False)
    account = models.ForeignKey(
        Account, models.CASCADE, null=True, blank=True, related_name="price_lists"
    )
    segment = models.CharField(
        max_length=10, choices=Account.Tier.choices, blank=True, default="", db_default=""
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="The first day without it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["currency"],
                condition=Q(is_default=True),
                name="orders_pricelist_one_default",
            ),
            models.CheckConstraint(
                name="orders_pricelist_for_all_or_a_segment_or_a_customer",
                condition=Q(is_default=True, account=None, segment="")
                | Q(is_default=False, account__isnull=False, segment="")
                | Q(is_default=False, account=None),
            ),
            models.CheckConstraint(
                name="orders_pricelist_ends_after_start",
                condition=Q(valid_from=None) | Q(valid_until=None)
                | Q(valid_until__gt=F("valid_from")),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """What a product costs on a list, from a day until the day before another, from a quantity up."""

    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="prices")
    product = models.ForeignKey(Product, models.CASCADE, related_name="prices")
    min_quantity = models.DecimalField(max_digits=14, decimal_places=3, default=0, db_default=0)
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_price_not_negative", condition=Q(amount__gte=0, min_quantity__gte=0)
            ),
            models.CheckConstraint(
                name="orders_price_ends_after_start",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            models.UniqueConstraint(
                fields=["price_list", "product", "valid_from", "min_quantity"],
                name="orders_price_once_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.amount} from {self.valid_from}"


class Discount(models.Model):
    """A percentage off the list for some customers and products; the largest that applies counts."""

    name = models.CharField(max_length=100)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True)
    segment = models.CharField(max_length=10, choices=Account.Tier.choices, blank=True, default="")
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True)
    category = models.CharField(max_length=100, blank=True, default="")
    min_quantity = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The first day without it.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_discount_is_a_share", condition=Q(percent__gt=0, percent__lte=100)
            ),
            models.CheckConstraint(
                name="orders_discount_ends_after_start",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TaxRate(models.Model):
    """The percentage that a country takes from a class of products, from a day on."""

    country = models.CharField(
        max_length=60, help_text="As accounts write it; empty for all.", blank=True
    )
    tax_class = models.CharField(max_length=10, choices=TaxClass)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    valid_from = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "tax_class", "valid_from"], name="orders_taxrate_once_a_day"
            ),
            models.CheckConstraint(
                name="orders_taxrate_is_a_share", condition=Q(percent__gte=0, percent__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country or 'everywhere'} {self.tax_class}: {self.percent} %"


class ExchangeRate(models.Model):
    """What one euro was worth in another currency on a day."""

    currency = models.CharField(max_length=3)
    on = models.DateField()
    per_euro = models.DecimalField(max_digits=16, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "on"], name="orders_exchangerate_once_a_day"
            ),
            models.CheckConstraint(
                name="orders_exchangerate_positive", condition=Q(per_euro__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"1 EUR = {self.per_euro} {self.currency} on {self.on}"
