"""Input of shipments, returns, invoices, amendments and of lines in bulk."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from orders.forms import DAY
from orders.models import Amendment, OrderIssue, OrderReturn, Warehouse
from orders.services.intake import quantity_of


def quantities(data: QueryDict, prefix: str) -> dict[int, Decimal]:
    """{key: quantity} of fields such as "take-12"; empty ones are left out.

    :raises BadLine: for what is no quantity.
    """
    found = {}
    for name in data:
        key = name.removeprefix(prefix)
        if name.startswith(prefix) and key.isascii() and key.isdecimal():
            value = quantity_of(str(data[name]))
            if value:
                found[int(key[:18])] = value
    return found


class ShipForm(forms.Form):
    carrier = forms.CharField(max_length=60, required=False)
    tracking_number = forms.CharField(max_length=80, required=False)


class ProofForm(forms.Form):
    received_by = forms.CharField(label="Who signed for it", max_length=150, required=False)


class ReturnForm(forms.Form):
    reason = forms.ChoiceField(choices=OrderReturn.Reason.choices)
    cause = forms.ChoiceField(label="Who caused it", choices=OrderIssue.Cause.choices)
    note = forms.CharField(label="What happened", max_length=400, required=False)


class CreditForm(forms.Form):
    reason = forms.CharField(label="What for", max_length=300)
    order_return = forms.ModelChoiceField(queryset=OrderReturn.objects.all(), required=False)


class PaidForm(forms.Form):
    on = forms.DateField(label="Paid on", widget=DAY)


class AmendForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300)
    cause = forms.ChoiceField(label="Who wants it", choices=Amendment.Cause.choices)


class PasteForm(forms.Form):
    text = forms.CharField(
        label="Rows", max_length=200_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="SKU, quantity and, if agreed, a price in each row; copied from a spreadsheet.",
    )  # fmt: skip
    skip_bad = forms.BooleanField(label="Add what is good, report the rest", required=False)


class SheetForm(forms.Form):
    file = forms.FileField(label="The customer's sheet (CSV or XLSX)")
    sku = forms.CharField(label="Column with our SKU", max_length=100, required=False)
    quantity = forms.CharField(label="Column with the quantity", max_length=100, required=False)
    unit_price = forms.CharField(label="Column with the price", max_length=100, required=False)
    skip_bad = forms.BooleanField(label="Add what is good, report the rest", required=False)

    def columns(self) -> dict[str, str]:
        names = ("sku", "quantity", "unit_price")
        return {n: self.cleaned_data[n] for n in names if self.cleaned_data.get(n)}


class CountForm(forms.Form):
    """A count, a receipt, or what is on its way, of a product in a warehouse."""

    warehouse = forms.ModelChoiceField(queryset=Warehouse.objects.order_by("code"))
    quantity = forms.DecimalField(
        label="How much", min_value=Decimal(0), max_digits=14, decimal_places=3
    )
    what = forms.ChoiceField(
        label="What happened",
        choices=[
            ("count", "Counted: that much is there"), ("receive", "Came in: that much more"),
            ("incoming", "Is on its way: that much will come"),
        ],
    )  # fmt: skip
    expected_on = forms.DateField(label="Expected on", required=False, widget=DAY)
    reason = forms.CharField(max_length=200, required=False)
    reorder_level = forms.DecimalField(
        label="Low below", min_value=Decimal(0), max_digits=14, decimal_places=3, required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("what") == "count" and not data.get("reason"):
            self.add_error("reason", "Say why the count may differ, such as cycle count.")
        if data.get("what") == "incoming" and not data.get("expected_on"):
            self.add_error("expected_on", "Say when it is expected.")
        return data
