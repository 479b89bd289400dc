"""Forms of the sales settings: one for each table."""

from typing import Any, ClassVar

from django import forms

from crm.forms import AccountChoice
from crm.models import Account
from orders.forms import DAY
from orders.models import ApprovalRule, Discount, ExchangeRate, Price, PriceList, Product, TaxRate
from people.models import User


class ProductField(forms.CharField):
    """A product by its SKU; its key stands behind it."""

    def clean(self, value: Any) -> Product | None:
        text = str(super().clean(value)).strip()
        if not text:
            return None
        row = Product.objects.filter(sku__iexact=text).first()
        if row is None:
            raise forms.ValidationError(f"We have no product “{text}”.")
        return row

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return Product.objects.filter(pk=value).values_list("sku", flat=True).first() or ""
        return value


class AccountField(AccountChoice):
    """An account by its name, that shows the name of the one it has."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return Account.objects.filter(pk=value).values_list("name", flat=True).first() or ""
        return value


class Currency(forms.RegexField):
    def __init__(self, **options: Any) -> None:
        options.setdefault("initial", "EUR")
        super().__init__(
            regex=r"^[A-Z]{3}\Z", max_length=3,
            error_messages={"invalid": "Three capital letters, such as EUR."}, **options,
        )  # fmt: skip


class RuleForm(forms.ModelForm[ApprovalRule]):
    approver = forms.ModelChoiceField(
        queryset=User.objects.active().by_name(), required=False,
        empty_label="Anybody who may approve",
    )  # fmt: skip

    class Meta:
        model = ApprovalRule
        fields = ["name", "kind", "threshold", "team", "amount_from", "approver", "is_active"]


class PriceListForm(forms.ModelForm[PriceList]):
    currency = Currency()
    account = AccountField(max_length=200, required=False, help_text="For this customer only.")

    class Meta:
        model = PriceList
        fields = [
            "name", "currency", "is_default", "account", "segment", "valid_from", "valid_until",
        ]  # fmt: skip
        widgets: ClassVar = {"valid_from": DAY, "valid_until": DAY}


class PriceForm(forms.ModelForm[Price]):
    product = ProductField(label="Product (SKU)")

    class Meta:
        model = Price
        fields = ["price_list", "product", "amount", "min_quantity", "valid_from", "valid_until"]
        widgets: ClassVar = {"valid_from": DAY, "valid_until": DAY}
        labels: ClassVar = {"min_quantity": "From quantity"}


class DiscountForm(forms.ModelForm[Discount]):
    account = AccountField(max_length=200, required=False)
    product = ProductField(label="Product (SKU)", required=False)

    class Meta:
        model = Discount
        fields = ["name", "percent", "account", "segment", "product", "category", "min_quantity",
                  "valid_from", "valid_until"]  # fmt: skip
        widgets: ClassVar = {"valid_from": DAY, "valid_until": DAY}


class TaxRateForm(forms.ModelForm[TaxRate]):
    class Meta:
        model = TaxRate
        fields = ["country", "tax_class", "percent", "valid_from"]
        widgets: ClassVar = {"valid_from": DAY}


class ExchangeRateForm(forms.ModelForm[ExchangeRate]):
    currency = Currency(initial="USD")

    class Meta:
        model = ExchangeRate
        fields = ["currency", "on", "per_euro"]
        widgets: ClassVar = {"on": DAY}


class ProductForm(forms.ModelForm[Product]):
    replaced_by = ProductField(label="Replaced by (SKU)", required=False)

    class Meta:
        model = Product
        fields = ["sku", "name", "category", "unit", "pack_size", "minimum_quantity",
                  "lead_time_days", "tax_class", "weight_kg", "cost", "hazard", "export_control",
                  "discontinued", "replaced_by"]  # fmt: skip
