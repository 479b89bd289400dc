"""What people type about accounts and contacts."""

from typing import Any

from django import forms
from django.db.models import Q

from crm.forms_custom import CustomFields
from crm.models import Account, Contact, ContactRole, RecordKind, Territory
from people.models import User

KEY_DIGITS = 18  # longer numbers are no keys of ours
SUGGESTED = {"list": "account-options", "autocomplete": "off"}


def currency_code(text: Any) -> str:
    """The three letters of ISO 4217, as large letters.

    :raises ValidationError: for anything else.
    """
    code = str(text).upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():  # noqa: PLR2004
        raise forms.ValidationError("Use the three letters of the currency, such as EUR.")
    return code


class AccountChoice(forms.CharField):
    """An account by its exact name or its key: a text field with suggestions, fit for thousands.

    With a `user` only accounts are found that he may see; `current` is the one that a row has, which
    its name keeps even if another account is called the same.
    """

    user: User | None = None
    current: Account | None = None

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if self.current is not None and text == self.current.name:
            return self.current
        rows = Account.objects.active()
        if self.user is not None:
            rows = rows.visible_to(self.user)
        by_key = text.isdecimal() and len(text) <= KEY_DIGITS
        rows = rows.filter(pk=int(text)) if by_key else rows.filter(name__iexact=text)
        found = rows.order_by("pk").first()
        if found is None:
            raise forms.ValidationError("We have no such account. Choose one of the list.")
        return found


class ContactChoice(forms.EmailField):
    """A contact by the mail address: nobody wants to choose from thousands."""

    user: User | None = None

    def clean(self, value: Any) -> Any:
        address = super().clean(value)
        if not address:
            return None
        rows = Contact.objects.active()
        if self.user is not None:
            rows = rows.visible_to(self.user)
        found = rows.filter(email__iexact=address).order_by("pk").first()
        if found is None:
            raise forms.ValidationError("No contact has this address. Add the contact first.")
        return found


def for_user(form: forms.BaseForm, user: User) -> None:
    """Accounts and contacts of a form are only found where `user` may see them."""
    for field in form.fields.values():
        if isinstance(field, AccountChoice | ContactChoice):
            field.user = user


class Owner(forms.ModelChoiceField[User]):
    """A colleague who looks after a record."""

    def __init__(self, **kwargs: Any) -> None:
        usual: dict[str, Any] = {"required": False, "label": "Owner", "empty_label": "Nobody"}
        super().__init__(User.objects.active().by_name(), **(usual | kwargs))


def territories(user: User) -> Any:
    """Those that somebody may put records into: open ones, and the closed ones of the own team."""
    rows = Territory.objects.order_by("name", "pk")
    if user.has_perm("crm.see_every_territory"):
        return rows
    return rows.exclude(pk__in=Territory.objects.filter(is_closed=True).exclude(teams=user.team_id))


class RecordForm(CustomFields):
    """What the forms of all records share: the user who types, territories, own fields."""

    def prepare(self, user: User, instance: Any) -> None:
        for_user(self, user)
        if "owner" in self.fields and instance is not None and instance.owner_id:
            has = Q(is_active=True) | Q(pk=instance.owner_id)  # who left stays until changed
            self.fields["owner"].queryset = User.objects.filter(has).by_name()  # type: ignore[attr-defined]
        if "territory" in self.fields:
            self.fields["territory"].queryset = territories(user)  # type: ignore[attr-defined]
            self.fields["territory"].empty_label = "None"  # type: ignore[attr-defined]
        self.add_custom(instance.custom if instance is not None and instance.pk else None)


class AccountForm(RecordForm, forms.ModelForm[Account]):
    record_kind = RecordKind.ACCOUNT.value
    parent = AccountChoice(
        max_length=200, required=False, label="Belongs to", widget=forms.TextInput(SUGGESTED),
        help_text="The account that this one is a part of.",
    )  # fmt: skip
    owner = Owner()

    class Meta:
        model = Account
        fields = [
            "name", "tier", "owner", "territory", "parent", "industry", "website", "phone",
            "street", "postcode", "city", "country", "tax_number", "payment_days", "currency",
            "credit_limit", "credit_hold", "credit_hold_reason",
        ]  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare(user, self.instance)
        if self.instance.pk and self.instance.parent:
            self.initial["parent"] = self.instance.parent.name
            self.fields["parent"].current = self.instance.parent  # type: ignore[attr-defined]

    def clean_currency(self) -> str:
        return currency_code(self.cleaned_data["currency"])

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        self.check_custom()
        return said


class ContactForm(RecordForm, forms.ModelForm[Contact]):
    record_kind = RecordKind.CONTACT.value
    roles = forms.MultipleChoiceField(
        choices=ContactRole.choices, required=False, widget=forms.CheckboxSelectMultiple,
        label="Roles",
    )  # fmt: skip

    class Meta:
        model = Contact
        fields = [
            "name", "title", "email", "phone", "channel", "zone", "roles", "consent",
            "consent_source", "no_mail",
        ]  # fmt: skip
        labels = {"channel": "Prefers", "consent": "Consent to offers and news",
                  "consent_source": "Where it was given", "zone": "Time zone"}  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare(user, self.instance)

    def clean(self) -> dict[str, Any] | None:
        said = super().clean() or {}
        if said.get("consent") == "given" and not said.get("consent_source"):
            self.add_error("consent_source", "Say where it was given, such as “fair, 12 May”.")
        self.check_custom()
        return said
