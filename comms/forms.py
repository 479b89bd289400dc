"""What people type beside a file."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from comms import mentions
from comms.models import Message, Visibility
from comms.parties import Parties, reachable
from crm.models import Contact

WORDS = {
    Visibility.INTERNAL: "Desk and departments only",
    Visibility.REQUESTER: "Also the rep who asked",
    Visibility.CUSTOMER: "Also the customer",
}


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given] or [
            super().clean(None, initial)
        ]


class AttachForm(forms.Form):
    """Files, and who sees them: `choices` are those that the person may choose from."""

    files = FilesField(  # type: ignore[assignment]
        allow_empty_file=True,  # refused with its name, beside all other refusals
        error_messages={"required": "Choose a file first."},
    )
    visibility = forms.ChoiceField()
    problem = ""

    def __init__(self, choices: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["visibility"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(value, WORDS[Visibility(value)]) for value in choices]
        self.initial["visibility"] = choices[0]

    def clean_files(self) -> list[UploadedFile[Any]]:
        found: list[UploadedFile[Any]] = self.cleaned_data["files"]
        return found


class AsksForm(forms.Form):
    """What a message may carry besides its words: whose answer it needs, and what it quotes."""

    needs = forms.CharField(max_length=150, required=False, label="Needs an answer from")
    quotes = forms.ModelChoiceField(
        Message.objects.all(), required=False, widget=forms.HiddenInput,
        error_messages={"invalid_choice": "The message that you quote is not there any more."},
    )  # fmt: skip

    def clean_needs(self) -> str:
        text = " ".join(self.cleaned_data["needs"].lstrip("@").split())
        self.asked: dict[str, Any] = {}
        if text.lower() == "desk":
            self.asked = {"asks_desk": True}
        elif text:
            people, departments = mentions.by_name([text.lower()])
            if not people and not departments:
                raise forms.ValidationError(f"Nobody here is called “{text}”, and no department.")
            self.asked = (
                {"asks_department": departments[0]} if departments else {"asks_user": people[0]}
            )
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["asks"] = {**getattr(self, "asked", {}), "quotes": data.get("quotes")}
        return data


class SayForm(AsksForm):
    """A message, who reads it, and to whom of the customer it goes."""

    to = forms.ChoiceField(label="Who reads this")
    contacts = forms.ModelMultipleChoiceField(Contact.objects.none(), required=False, label="To")
    body = forms.CharField(max_length=20_000, widget=forms.Textarea({"rows": 3}), label="Message")

    def __init__(self, choices: list[str], parties: Parties, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to, contacts = self.fields["to"], self.fields["contacts"]
        assert isinstance(to, forms.ChoiceField)  # noqa: S101
        assert isinstance(contacts, forms.ModelMultipleChoiceField)  # noqa: S101
        to.choices = [(value, WORDS[Visibility(value)]) for value in choices]
        self.initial.setdefault("to", choices[0])
        self.people = reachable(parties.contacts)
        contacts.queryset = Contact.objects.filter(pk__in=[one.pk for one in self.people])


class EditForm(forms.Form):
    body = forms.CharField(max_length=20_000, widget=forms.Textarea({"rows": 4}), label="Message")
