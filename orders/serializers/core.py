"""What the API takes and gives."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from kit.api import StrictSerializer
from orders.models import Amendment, IssueKind, Order, OrderIssue, OrderLine, Product
from orders.queries.payload import FIELDS, ISSUE_FIELDS, LINE_FIELDS

BIGGEST = 2**62


class Quantity(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        options.setdefault("min_value", Decimal("0.001"))
        super().__init__(max_digits=14, decimal_places=3, **options)


class Price(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=4, min_value=Decimal(0), **options)


class Percent(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=7, decimal_places=4, min_value=Decimal(0), max_value=Decimal(100), **options
        )


class Key(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=BIGGEST, **options)


class NewLineSerializer(StrictSerializer):
    sku = serializers.CharField(max_length=60, required=False)
    product = Key(required=False)
    quantity = Quantity()
    unit_price = Price(required=False, allow_null=True)
    discount_percent = Percent(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("sku" in attrs) == ("product" in attrs):
            raise serializers.ValidationError("Give either the sku or the product.")
        if "product" in attrs:
            attrs["product_id"] = attrs.pop("product")
        return attrs


class ChangedLineSerializer(StrictSerializer):
    line = Key()
    quantity = Quantity(required=False)
    unit_price = Price(required=False)
    discount_percent = Percent(required=False)


class RemovedLineSerializer(StrictSerializer):
    line = Key()


class NewOrderSerializer(StrictSerializer):
    account = Key()
    contact = Key(required=False, allow_null=True)
    quote = Key(required=False, allow_null=True)
    rep = Key(required=False, allow_null=True)
    po_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    wanted_on = serializers.DateField(required=False, allow_null=True)
    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False)
    payment_terms = serializers.CharField(max_length=60, required=False, allow_blank=True)
    instructions = serializers.CharField(max_length=500, required=False, allow_blank=True)
    lines = serializers.ListField(child=NewLineSerializer(), max_length=1000, required=False)
    check = serializers.BooleanField(default=False)
    confirm = serializers.BooleanField(default=False)


class LineSerializer(serializers.ModelSerializer[OrderLine]):
    sku = serializers.CharField()

    class Meta:
        model = OrderLine
        fields = LINE_FIELDS
        read_only_fields = fields


class FixSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a key of ours, not of the field


class IssueSerializer(serializers.ModelSerializer[OrderIssue]):
    why = serializers.CharField()
    fixes = FixSerializer(many=True)
    cause = serializers.CharField(help_text="Empty while nobody has said who caused it.")

    class Meta:
        model = OrderIssue
        fields = (*ISSUE_FIELDS, "why", "fixes")
        read_only_fields = ISSUE_FIELDS


class OrderRowSerializer(serializers.ModelSerializer[Order]):
    """An order without its lines, as lists show it."""

    class Meta:
        model = Order
        fields = FIELDS
        read_only_fields = fields


class OrderSerializer(serializers.ModelSerializer[Order]):
    """An order with its lines and what checks and people found."""

    lines = LineSerializer(many=True)
    issues = IssueSerializer(many=True)

    class Meta:
        model = Order
        fields = (*FIELDS, "lines", "issues")
        read_only_fields = FIELDS


class ReasonSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class EmptySerializer(StrictSerializer):
    """These actions take no keys."""


class OverrideSerializer(StrictSerializer):
    issue = Key()
    reason = serializers.CharField(max_length=300)


class FixChoiceSerializer(StrictSerializer):
    issue = Key()
    fix = serializers.CharField(max_length=30)


class ReportSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=IssueKind.choices)
    cause = serializers.ChoiceField(choices=OrderIssue.Cause.choices)
    message = serializers.CharField(max_length=400)


class ProductSerializer(serializers.ModelSerializer[Product]):
    free = serializers.DecimalField(max_digits=14, decimal_places=3)
    list_price = serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True)

    class Meta:
        model = Product
        fields = (
            "id", "sku", "name", "category", "unit", "pack_size", "minimum_quantity",
            "lead_time_days", "discontinued", "external_id", "free", "list_price",
        )  # fmt: skip
        read_only_fields = fields


class NewProductSerializer(StrictSerializer):
    sku = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=200)
    category = serializers.CharField(max_length=100, required=False, allow_blank=True)
    unit = serializers.CharField(max_length=60, required=False)
    pack_size = serializers.IntegerField(min_value=1, max_value=10**6, required=False)
    minimum_quantity = serializers.IntegerField(min_value=1, max_value=10**6, required=False)
    lead_time_days = serializers.IntegerField(min_value=0, max_value=3650, required=False)
    list_price = Price(required=False)


class StockSerializer(serializers.Serializer[Any]):
    warehouse = serializers.CharField()
    on_hand = serializers.DecimalField(max_digits=14, decimal_places=3)
    reserved = serializers.DecimalField(max_digits=14, decimal_places=3)
    free = serializers.DecimalField(max_digits=14, decimal_places=3)


class HoldSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=200)
    until = serializers.DateField(required=False, allow_null=True, default=None)


class PromisedSerializer(StrictSerializer):
    on = serializers.DateField()
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class SaySerializer(StrictSerializer):
    body = serializers.CharField(max_length=20_000)
    to_customer = serializers.BooleanField(default=False)


class RowSerializer(StrictSerializer):
    sku = serializers.CharField(max_length=60, allow_blank=True)
    quantity = serializers.CharField(max_length=40, allow_blank=True)
    unit_price = serializers.CharField(max_length=40, required=False, allow_blank=True)


class RowsSerializer(StrictSerializer):
    rows = serializers.ListField(child=RowSerializer(), max_length=10_000)
    skip_bad = serializers.BooleanField(default=False)


class ChangeSerializer(StrictSerializer):
    line = Key(required=False)
    sku = serializers.CharField(max_length=60, required=False)
    quantity = Quantity(required=False, min_value=Decimal(0))
    unit_price = Price(required=False)
    discount_percent = Percent(required=False)


class AmendSerializer(StrictSerializer):
    changes = serializers.ListField(child=ChangeSerializer(), min_length=1, max_length=1000)
    reason = serializers.CharField(max_length=300)
    cause = serializers.ChoiceField(choices=Amendment.Cause.choices)


class PriceQuestionSerializer(StrictSerializer):
    account = Key()
    quantity = Quantity(default=Decimal(1))
    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False)


class PriceAnswerSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    list_price = serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True)
    discount_percent = serializers.DecimalField(max_digits=7, decimal_places=4)
    why = serializers.CharField()


class AvailableSerializer(serializers.Serializer[Any]):
    by = serializers.DateField()
    on_hand = serializers.DecimalField(max_digits=14, decimal_places=3)
    reserved = serializers.DecimalField(max_digits=14, decimal_places=3)
    incoming = serializers.DecimalField(max_digits=14, decimal_places=3)
    owed = serializers.DecimalField(max_digits=14, decimal_places=3)
    available = serializers.DecimalField(max_digits=14, decimal_places=3)


class CountSerializer(StrictSerializer):
    warehouse = serializers.CharField(max_length=20)
    counted = Quantity(min_value=Decimal(0))
    reason = serializers.CharField(max_length=200)


class ReceiptSerializer(StrictSerializer):
    warehouse = serializers.CharField(max_length=20)
    quantity = Quantity()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class ExpectedSerializer(StrictSerializer):
    warehouse = serializers.CharField(max_length=20)
    quantity = Quantity()
    on = serializers.DateField()
    reference = serializers.CharField(max_length=60, required=False, allow_blank=True)
