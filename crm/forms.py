"""What people type about accounts and contacts."""

from django import forms

from crm.models import Account, Contact


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
