"""What people type when they sort mail and set mailboxes up."""

from typing import Any

from django import forms

from comms.models import Thread
from crm.forms import AccountChoice, ContactChoice
from desk.models import RequestType
from mailroom.models import Mailbox, TypeRule
from mailroom.services import fetching


class RequestForm(forms.Form):
    kind = forms.ModelChoiceField(
        RequestType.objects.filter(is_active=True).order_by("name"), label="Type"
    )
    account = AccountChoice(
        required=False, label="Account", max_length=200, help_text="By its exact name."
    )
    contact = ContactChoice(required=False, label="Contact", help_text="By the mail address.")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id="request-%s", **kwargs)


class ConversationForm(forms.Form):
    """A request by its number, as people write it."""

    to = forms.RegexField(
        r"^\s*(?i:R-)?(\d{1,18})\s*$", label="Request", max_length=30,
        error_messages={"invalid": "Write its number, such as R-1042."},
    )  # fmt: skip

    def clean_to(self) -> Thread:
        number = int(self.cleaned_data["to"].strip().upper().removeprefix("R-"))
        found = Thread.objects.filter(subject_type="desk.salesrequest", subject_id=number).first()
        if found is None:
            raise forms.ValidationError(
                "There is no such request, or nobody has written on it yet."
            )
        return found


class MailboxForm(forms.ModelForm[Mailbox]):
    password = forms.CharField(
        required=False, strip=False, widget=forms.PasswordInput(render_value=False), max_length=300,
        help_text="Kept sealed. Left empty, the one that is kept stays.",
    )  # fmt: skip

    class Meta:
        model = Mailbox
        fields = ["name", "host", "port", "tls", "user", "password", "folder", "is_active"]

    def save(self, commit: bool = True) -> Mailbox:  # noqa: FBT001, FBT002 - Django's signature
        row = super().save(commit=False)
        if "host" in self.changed_data or "folder" in self.changed_data:
            row.validity, row.last_uid = None, 0
        if password := self.cleaned_data["password"]:
            if not row.id:
                row.save()
            fetching.keep_password(row, password)
        if commit:
            row.save()
        return row


class TypeRuleForm(forms.ModelForm[TypeRule]):
    class Meta:
        model = TypeRule
        fields = ["position", "field", "contains", "type", "is_active"]
