"""What people type about accounts and contacts."""

from typing import Any

from django import forms

from crm.models import Account, Contact

KEY_DIGITS = 18  # longer numbers are no keys of ours


class AccountChoice(forms.CharField):
    """An account by its exact name or its key: a text field with suggestions, fit for thousands."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        rows = Account.objects.active()
        by_key = text.isdecimal() and len(text) <= KEY_DIGITS
        rows = rows.filter(pk=int(text)) if by_key else rows.filter(name__iexact=text)
        found = rows.order_by("pk").first()
        if found is None:
            raise forms.ValidationError("We have no such account. Choose one of the list.")
        return found


class ContactChoice(forms.EmailField):
    """A contact by the mail address: nobody wants to choose from thousands."""

    def clean(self, value: Any) -> Any:
        address = super().clean(value)
        if not address:
            return None
        found = Contact.objects.active().filter(email__iexact=address).order_by("pk").first()
        if found is None:
            raise forms.ValidationError("No contact has this address. Add the contact first.")
        return found


class AccountForm(forms.ModelForm[Account]):
    class Meta:
        model = Account
        fields = [
            "name", "tier", "industry", "currency", "credit_limit", "credit_hold",
            "credit_hold_reason", "street", "postcode", "city", "country", "phone",
        ]  # fmt: skip

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        if len(code) != 3 or not code.isascii() or not code.isalpha():  # noqa: PLR2004 - ISO 4217
            raise forms.ValidationError("Use the three letters of the currency, such as EUR.")
        return code


class ContactForm(forms.ModelForm[Contact]):
    class Meta:
        model = Contact
        fields = ["name", "title", "email", "phone", "zone", "no_mail"]
