"""Input of the quote pages and of what the customer answers: parsed, never saved."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.http import QueryDict

from crm.forms import AccountChoice
from orders.forms import DAY
from orders.models import LostKind, QuoteFamily, QuoteRevision

CELLS: Final = ("sku", "text", "quantity", "unit_price", "discount_percent")
MOST: Final[dict[str, tuple[Decimal, int, str]]] = {
    "quantity": (Decimal(10) ** 9, 3, "Quantity"),
    "unit_price": (Decimal(10) ** 10, 4, "Price"),
    "discount_percent": (Decimal(100), 4, "Discount"),
}


class QuoteForm(forms.ModelForm[QuoteFamily]):
    account = AccountChoice(
        max_length=200,
        widget=forms.TextInput(attrs={"list": "account-options", "autocomplete": "off"}),
    )
    amount = forms.DecimalField(
        min_value=Decimal(0), max_digits=13, decimal_places=2, required=False,
        help_text="Only for a quote without lines; lines are added on the next page.",
    )  # fmt: skip

    class Meta:
        model = QuoteFamily
        fields = ["title", "amount", "valid_until"]
        widgets = {"valid_until": DAY}

    field_order = ["account", "title", "valid_until", "amount"]


class RevisionForm(forms.ModelForm[QuoteRevision]):
    class Meta:
        model = QuoteRevision
        fields = ["valid_until", "payment_terms", "intro", "terms"]
        widgets = {"valid_until": DAY, "intro": forms.Textarea(attrs={"rows": 3}),
                   "terms": forms.Textarea(attrs={"rows": 3})}  # fmt: skip
        labels = {"intro": "Introduction"}


class LinesForm:
    """The rows of a grid, posted as parallel lists; empty rows are nothing.

    `rows` gives back what was typed, with the problem of each row.
    """

    def __init__(self, data: QueryDict) -> None:
        lists = [data.getlist(f"line-{name}") for name in CELLS]
        length = min(max((len(cells) for cells in lists), default=0), 2000)
        padded = [cells + [""] * (length - len(cells)) for cells in lists]
        typed = [dict(zip(CELLS, (c.strip() for c in row), strict=True))
                 for row in zip(*padded, strict=True)]  # fmt: skip
        self.rows: list[dict[str, Any]] = [
            row for row in typed if row["sku"] or row["text"] or row["unit_price"]
        ]
        self.lines: list[dict[str, Any]] = []

    def is_valid(self) -> bool:
        self.lines = []
        for row in self.rows:
            row["problem"] = ""
            try:
                self.lines.append(_line(row))
            except forms.ValidationError as bad:
                row["problem"] = bad.message
        return not any(row["problem"] for row in self.rows)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"text": row["text"][:300]}
    if row["sku"]:
        told["sku"] = row["sku"][:60]
    elif not row["text"]:
        raise forms.ValidationError("Name a product, or say it in words.")
    for name, (most, places, label) in MOST.items():
        value = _number(row[name], most, places, label)
        if value is not None:
            told[name] = value
    if not told.get("quantity"):
        raise forms.ValidationError("Quantity: more than 0.")
    if "sku" not in told and "unit_price" not in told:
        raise forms.ValidationError("Price: words have none of their own, type it.")
    return told


def _number(text: str, most: Decimal, places: int, label: str) -> Decimal | None:
    if not text:
        return None
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation as bad:
        raise forms.ValidationError(f"{label}: “{text[:20]}” is no number.") from bad
    if not value.is_finite() or not 0 <= value <= most:
        raise forms.ValidationError(f"{label}: from 0 to {most:,f}.")
    if value != round(value, places):
        raise forms.ValidationError(f"{label}: at most {places} digits after the point.")
    return value


class LostForm(forms.Form):
    kind = forms.ChoiceField(label="Why", choices=LostKind.choices)
    reason = forms.CharField(label="In words", max_length=200)


class OptionForm(forms.Form):
    option = forms.CharField(label="Name of the alternative", max_length=40)


class AcceptForm(forms.Form):
    name = forms.CharField(label="Your name", max_length=150)
    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)


class PublicDeclineForm(forms.Form):
    name = forms.CharField(label="Your name", max_length=150, required=False)
    kind = forms.ChoiceField(label="Why", choices=LostKind.choices)
    reason = forms.CharField(label="What made you decide", max_length=200)


class QuestionForm(forms.Form):
    name = forms.CharField(label="Your name", max_length=150)
    text = forms.CharField(
        label="Your question", max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


class DecisionForm(forms.Form):
    note = forms.CharField(label="Note", max_length=300, required=False)
