"""Input of the order and quote pages: parsed and validated, never saved."""

from decimal import Decimal
from typing import Any

from django import forms

from crm.forms import AccountChoice
from crm.models import Contact
from orders.models import IssueKind, Order, OrderIssue

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class NewOrderForm(forms.Form):
    account = AccountChoice(
        max_length=200,
        widget=forms.TextInput(attrs={"list": "account-options", "autocomplete": "off"}),
    )
    po_number = forms.CharField(label="PO number", max_length=60, required=False)
    wanted_on = forms.DateField(label="Wanted on", required=False, widget=DAY)


class LineForm(forms.Form):
    sku = forms.CharField(label="SKU", max_length=60)
    quantity = forms.DecimalField(
        min_value=Decimal("0.001"), max_digits=14, decimal_places=3, initial=1
    )


class ChangeLineForm(forms.Form):
    quantity = forms.DecimalField(min_value=Decimal("0.001"), max_digits=14, decimal_places=3)
    unit_price = forms.DecimalField(
        label="Price", min_value=Decimal(0), max_digits=14, decimal_places=4
    )
    discount_percent = forms.DecimalField(
        label="Discount",
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=7,
        decimal_places=4,
    )


class DetailsForm(forms.ModelForm[Order]):
    class Meta:
        model = Order
        fields = [
            "po_number", "wanted_on", "contact", "ship_name", "ship_street", "ship_postcode",
            "ship_city", "ship_country", "payment_terms", "instructions",
        ]  # fmt: skip
        widgets = {"wanted_on": DAY}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contacts = Contact.objects.active().filter(account=self.instance.account_id)
        field = self.fields["contact"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = contacts.order_by("name", "pk")


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Reason", max_length=200)


class HoldForm(ReasonForm):
    until = forms.DateField(label="Expected release", required=False, widget=DAY)


class ReportForm(forms.Form):
    kind = forms.ChoiceField(label="What was wrong", choices=IssueKind.choices)
    cause = forms.ChoiceField(label="Who caused it", choices=OrderIssue.Cause.choices)
    message = forms.CharField(label="What happened", max_length=400)
