"""What people type beside a file."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from comms import mentions
from comms.models import Message, Visibility
from comms.papers import Paper
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
        given = [one for one in given if one] if not self.required else given
        if not given and not self.required:
            return []
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
        self.asked = mentions.asked(text)
        if text and not self.asked:
            raise forms.ValidationError(f"Nobody here is called “{text}”, and no department.")
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["asks"] = {**getattr(self, "asked", {}), "quotes": data.get("quotes")}
        return data


ASK = "ask"  # to the rep, whose turn it is then
LATER = (("", "In a moment"), ("opening", "When their day begins"), ("time", "At a time"))


class SayForm(AsksForm):
    """A message: who reads it, to whom of the customer it goes, what goes along, and when."""

    to = forms.ChoiceField(label="Who reads this")
    contacts = forms.ModelMultipleChoiceField(Contact.objects.none(), required=False, label="To")
    subject_line = forms.CharField(max_length=200, required=False, label="Subject")
    body = forms.CharField(max_length=20_000, widget=forms.Textarea({"rows": 3}), label="Message")
    papers = forms.MultipleChoiceField(
        required=False, label="Goes along",
        error_messages={"invalid_choice": "This paper cannot be sent from here any more."},
    )  # fmt: skip
    files = FilesField(required=False, allow_empty_file=True)  # type: ignore[assignment]
    later = forms.ChoiceField(choices=LATER, required=False, label="Leaves")
    later_at = forms.DateTimeField(required=False, label="Leaves at")
    typed_for = forms.CharField(max_length=10, required=False, widget=forms.HiddenInput)
    taken = forms.CharField(max_length=400, required=False, widget=forms.HiddenInput)
    confirm = forms.CharField(max_length=10, required=False)
    slips: Sequence[str] = ()  # what must be confirmed before it leaves the house

    def __init__(
        self, choices: list[str], parties: Parties, papers: Sequence[Paper], *args: Any, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        to, contacts, along = self.fields["to"], self.fields["contacts"], self.fields["papers"]
        assert isinstance(to, forms.ChoiceField)  # noqa: S101
        assert isinstance(contacts, forms.ModelMultipleChoiceField)  # noqa: S101
        assert isinstance(along, forms.MultipleChoiceField)  # noqa: S101
        to.choices = [(value, value) for value in choices]
        first = parties.first if parties.first in choices else choices[0]
        self.initial["to"] = self.initial.get("to") or first
        self.initial["typed_for"] = self.initial.get("typed_for") or self.initial["to"]
        self.requester = parties.requester
        self.people = reachable(parties.contacts)
        contacts.queryset = Contact.objects.filter(pk__in=[one.pk for one in self.people])
        self.offered = list(papers)
        along.choices = [(paper.key, paper.label) for paper in self.offered]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["visibility"] = data.get("to")
        if data.get("to") == ASK:
            data["visibility"] = Visibility.REQUESTER
            data["asks"] = {**data["asks"], "asks_user": self.requester, "asks_desk": False}
            data["asks"].pop("asks_department", None)
        if (
            data.get("later") == "time"
            and not data.get("later_at")
            and "later_at" not in self.errors
        ):
            self.add_error("later_at", "Choose the day and the time.")
        return data

    def picked(self, name: str) -> list[str]:
        """What was chosen of several, also while something else in the form is wrong."""
        value = self[name].value() or []
        return [str(getattr(one, "pk", one)) for one in value]


class EditForm(forms.Form):
    body = forms.CharField(max_length=20_000, widget=forms.Textarea({"rows": 4}), label="Message")


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Reason")


class DeliveryFilters(forms.Form):
    """What the list of deliveries shows; what cannot be is left out."""

    recipient = forms.EmailField(max_length=254, required=False, label="To")
    about = forms.RegexField(r"^[a-z]+\.[a-z]+:[0-9]{1,18}\Z", required=False, max_length=80)
    provider = forms.CharField(max_length=30, required=False)
    day = forms.DateField(
        required=False, label="Day", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        return day if day is not None and 1970 < day.year < 3000 else None  # noqa: PLR2004 - of mails


class SuppressForm(forms.Form):
    """An address that shall get no mail, and why."""

    address = forms.EmailField(max_length=254, label="Address")
    why = forms.CharField(max_length=300, label="Why")
