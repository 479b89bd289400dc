"""Quotes and approvals."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kit.api import StrictSerializer
from orders.models import Approval, QuoteFamily, QuoteLine, QuoteRevision
from orders.serializers.core import Key, Percent, Price, Quantity


class QuoteLineSerializer(serializers.ModelSerializer[QuoteLine]):
    class Meta:
        model = QuoteLine
        fields = (
            "id", "position", "product", "text", "quantity", "unit_price", "discount_percent",
            "list_price", "price_why", "tax_percent", "net",
        )  # fmt: skip
        read_only_fields = fields


class RevisionSerializer(serializers.ModelSerializer[QuoteRevision]):
    lines = serializers.SerializerMethodField()

    class Meta:
        model = QuoteRevision
        fields = (
            "id", "number", "option", "status", "valid_until", "payment_terms", "intro", "terms",
            "net", "approval_needed", "content_hash", "approved_hash", "created_at", "sent_at",
            "viewed_at", "decided_at", "accepted_name", "lines",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(QuoteLineSerializer(many=True))
    def get_lines(self, row: QuoteRevision) -> Any:
        return QuoteLineSerializer(row.lines.order_by("position"), many=True).data


class QuoteSerializer(serializers.ModelSerializer[QuoteFamily]):
    lost_kind = serializers.CharField(help_text="Empty unless it was lost.")

    class Meta:
        model = QuoteFamily
        fields = (
            "id", "number", "account", "contact", "rep", "title", "currency", "amount", "status",
            "valid_until", "sent_at", "decided_at", "lost_kind", "lost_reason", "late_at",
            "created_at",
        )  # fmt: skip
        read_only_fields = fields


class WholeQuoteSerializer(QuoteSerializer):
    """A quote with its revisions, the newest first."""

    revisions = serializers.SerializerMethodField()

    class Meta(QuoteSerializer.Meta):
        fields = (*QuoteSerializer.Meta.fields, "revisions")  # type: ignore[assignment]
        read_only_fields = QuoteSerializer.Meta.fields

    @extend_schema_field(RevisionSerializer(many=True))
    def get_revisions(self, row: QuoteFamily) -> Any:
        return RevisionSerializer(row.revisions.order_by("-number"), many=True).data


class NewQuoteLineSerializer(StrictSerializer):
    sku = serializers.CharField(max_length=60, required=False)
    product = Key(required=False)
    text = serializers.CharField(max_length=300, required=False)
    quantity = Quantity()
    unit_price = Price(required=False, allow_null=True)
    discount_percent = Percent(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = ("sku" in attrs) + ("product" in attrs)
        if named > 1 or (not named and "text" not in attrs):
            raise serializers.ValidationError("Give the sku, the product, or the text.")
        if not named and attrs.get("unit_price") is None:
            raise serializers.ValidationError("Words have no price of their own; give one.")
        if "product" in attrs:
            attrs["product_id"] = attrs.pop("product")
        return attrs


class ContentSerializer(StrictSerializer):
    valid_until = serializers.DateField(required=False)
    payment_terms = serializers.CharField(max_length=60, required=False, allow_blank=True)
    intro = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    terms = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    lines = serializers.ListField(child=NewQuoteLineSerializer(), max_length=1000, required=False)


class NewQuoteSerializer(ContentSerializer):
    account = Key()
    contact = Key(required=False, allow_null=True)
    title = serializers.CharField(max_length=200)
    amount = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=Decimal(0), required=False
    )
    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False)


class OptionSerializer(StrictSerializer):
    option = serializers.CharField(max_length=40, required=False)


class AcceptSerializer(StrictSerializer):
    revision = Key()
    name = serializers.CharField(max_length=150)
    content_hash = serializers.CharField(max_length=64)


class AmountSerializer(StrictSerializer):
    line = Key()
    quantity = Quantity(min_value=Decimal(0))


class ConvertSerializer(StrictSerializer):
    lines = serializers.ListField(child=AmountSerializer(), max_length=1000, required=False)
    po_number = serializers.CharField(max_length=60, required=False, allow_blank=True)


class ApprovalSerializer(serializers.ModelSerializer[Approval]):
    reasons = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Approval
        fields = (
            "id", "revision", "order", "amendment", "content_hash", "reasons", "net", "status",
            "approver", "stands_in_for", "asked_by", "asked_at", "decided_by", "decided_at", "note",
        )  # fmt: skip
        read_only_fields = fields


class NoteSerializer(StrictSerializer):
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class ManySerializer(StrictSerializer):
    approvals = serializers.ListField(child=Key(), min_length=1, max_length=50)


class DecisionSerializer(serializers.Serializer[Any]):
    approval = serializers.IntegerField()
    status = serializers.CharField()
    problem = serializers.CharField()
