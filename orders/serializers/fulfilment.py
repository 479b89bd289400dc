"""Shipments, returns, invoices, the worklist."""

from typing import Any

from rest_framework import serializers

from kit.api import StrictSerializer
from orders.models import (
    Invoice,
    InvoiceLine,
    OrderIssue,
    OrderReturn,
    ReturnLine,
    Shipment,
    ShipmentLine,
)
from orders.queries.worklist import KINDS
from orders.serializers.core import Key
from orders.serializers.quotes import AmountSerializer


class ShipmentLineSerializer(serializers.ModelSerializer[ShipmentLine]):
    class Meta:
        model = ShipmentLine
        fields = ("line", "quantity")
        read_only_fields = fields


class ShipmentSerializer(serializers.ModelSerializer[Shipment]):
    lines = ShipmentLineSerializer(many=True)

    class Meta:
        model = Shipment
        fields = (
            "id", "number", "order", "carrier", "tracking_number", "shipped_at", "delivered_at",
            "received_by", "lines",
        )  # fmt: skip
        read_only_fields = fields


class NewShipmentSerializer(StrictSerializer):
    order = Key()
    carrier = serializers.CharField(max_length=60, required=False, allow_blank=True)
    tracking_number = serializers.CharField(max_length=80, required=False, allow_blank=True)
    lines = serializers.ListField(child=AmountSerializer(), max_length=1000, required=False)


class ProofSerializer(StrictSerializer):
    received_by = serializers.CharField(max_length=150, required=False, allow_blank=True)


class ReturnLineSerializer(serializers.ModelSerializer[ReturnLine]):
    class Meta:
        model = ReturnLine
        fields = ("id", "line", "product", "quantity", "unit_price", "restocked")
        read_only_fields = fields


class ReturnSerializer(serializers.ModelSerializer[OrderReturn]):
    lines = ReturnLineSerializer(many=True)

    class Meta:
        model = OrderReturn
        fields = (
            "id", "number", "account", "order", "reason", "cause", "note", "status", "currency",
            "net", "external_id", "asked_at", "received_at", "closed_at", "lines",
        )  # fmt: skip
        read_only_fields = fields


class NewReturnSerializer(StrictSerializer):
    order = Key()
    reason = serializers.ChoiceField(choices=OrderReturn.Reason.choices)
    cause = serializers.ChoiceField(choices=OrderIssue.Cause.choices)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)
    lines = serializers.ListField(child=AmountSerializer(), min_length=1, max_length=1000)


class ReceivedSerializer(StrictSerializer):
    restocked = serializers.ListField(child=AmountSerializer(), max_length=1000)


class InvoiceLineSerializer(serializers.ModelSerializer[InvoiceLine]):
    class Meta:
        model = InvoiceLine
        fields = (
            "id", "line", "position", "text", "quantity", "unit_price", "discount_percent",
            "tax_percent", "net",
        )  # fmt: skip
        read_only_fields = fields


class InvoiceSerializer(serializers.ModelSerializer[Invoice]):
    lines = InvoiceLineSerializer(many=True)

    class Meta:
        model = Invoice
        fields = (
            "id", "kind", "number", "order", "account", "credits", "order_return", "status",
            "currency", "net", "tax", "gross", "reason", "requested_at", "issued_on", "due_on",
            "paid_on", "lines",
        )  # fmt: skip
        read_only_fields = fields


class NewInvoiceSerializer(StrictSerializer):
    order = Key()


class PaidSerializer(StrictSerializer):
    on = serializers.DateField()


class CreditSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300)
    order_return = Key(required=False, help_text="Without lines: what came back with it.")
    lines = serializers.ListField(child=AmountSerializer(), max_length=1000, required=False)


class StuckSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    order = serializers.IntegerField(source="order_id")
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=[(k, words[0]) for k, words in KINDS.items()])
    since = serializers.DateTimeField()
    expected_on = serializers.DateField(allow_null=True)
    words = serializers.CharField()
    issue = serializers.IntegerField(source="issue_id", allow_null=True)
    account = serializers.CharField()
    currency = serializers.CharField()
    net = serializers.DecimalField(max_digits=16, decimal_places=4)
    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    snoozed_until = serializers.DateField(allow_null=True)
    note = serializers.CharField()


class AssignSerializer(StrictSerializer):
    keys = serializers.ListField(child=serializers.CharField(max_length=60), max_length=200)
    owner = Key(allow_null=True)


class SnoozeSerializer(StrictSerializer):
    keys = serializers.ListField(child=serializers.CharField(max_length=60), max_length=200)
    until = serializers.DateField()
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class CountedSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
