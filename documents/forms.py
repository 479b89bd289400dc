"""What people type about documents. Forms never save."""

from datetime import date, time
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile

from comms.forms import FilesField
from comms.parties import Parties, reachable
from crm.models import Contact
from documents.models import MOST_FILES, DocumentAsk
from kit import uploads
from people.models import User

END_OF_DAY: Final = time(17, 0)
LAST_DAY: Final = date(2200, 1, 1)
CONTACTS, MINE = "contact", "mine"


class DayField(forms.DateField):
    """A day that a calendar still shows."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date", "max": LAST_DAY.isoformat()}, format="%Y-%m-%d")
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not date(1970, 1, 1) <= day <= LAST_DAY:
            raise forms.ValidationError("Choose a day nearer to now.")
        return day


def _time_field() -> forms.TimeField:
    return forms.TimeField(
        label="At", initial=END_OF_DAY, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )


class AskForm(forms.Form):
    """An ask about one object."""

    title = forms.CharField(
        label="Which document?", max_length=200,
        widget=forms.TextInput({"placeholder": "Signed VAT form"}),
    )  # fmt: skip
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label="From whom?", empty_label=None,
        error_messages={"invalid_choice": "Choose one of the customer's people who can be mailed."},
    )  # fmt: skip
    words = forms.CharField(
        label="What exactly, and why", max_length=5_000, widget=forms.Textarea({"rows": 4}),
        help_text="The customer reads this, in the mail and on the page.",
    )  # fmt: skip
    due_on = DayField(label="Until")
    due_time = _time_field()
    clock = forms.ChoiceField(label="On whose clock", initial=CONTACTS)
    max_files = forms.IntegerField(
        label="Files at most", min_value=1, max_value=MOST_FILES, initial=1,
    )  # fmt: skip
    template = forms.FileField(
        label="A form to fill in", required=False, allow_empty_file=True,
        widget=forms.FileInput({"accept": uploads.ACCEPTED}),
    )  # fmt: skip

    def __init__(self, parties: Parties, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.people = user, reachable(parties.contacts)
        contact, clock = self.fields["contact"], self.fields["clock"]
        assert isinstance(contact, forms.ModelChoiceField)  # noqa: S101
        assert isinstance(clock, forms.ChoiceField)  # noqa: S101
        contact.queryset = Contact.objects.filter(pk__in=[one.pk for one in self.people])
        contact.initial = self.people[0].pk if self.people else None
        clock.choices = [
            (CONTACTS, "The customer's, where we know it"),
            (MINE, f"Mine ({user.zone})"),
        ]

    def asked(self) -> dict[str, Any]:
        """What the service takes."""
        data = dict(self.cleaned_data)
        clock, file = data.pop("clock"), data.pop("template")
        contact: Contact = data["contact"]
        zone = contact.zone if clock == CONTACTS else ""
        return data | {
            "zone": zone or self.user.zone,
            "template": (file.file, file.name or "") if file else None,
        }


class DeadlineForm(forms.Form):
    """Another deadline, on the clock that the first was agreed on."""

    due_on = DayField(label="New day")
    due_time = _time_field()

    @classmethod
    def of(cls, row: DocumentAsk, **kwargs: Any) -> "DeadlineForm":
        return cls(initial={"due_on": row.due_on, "due_time": row.due_time}, **kwargs)


class SeenForm(forms.Form):
    """The newest file that stood on the page: nobody decides on what she has not seen."""

    seen = forms.IntegerField(
        min_value=0, max_value=2**62, required=False, widget=forms.HiddenInput
    )


class ReturnForm(SeenForm):
    reason = forms.CharField(
        label="What is wrong with it?", max_length=500, widget=forms.Textarea({"rows": 3}),
        help_text="The customer reads this in the mail.",
    )  # fmt: skip


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Why is it not needed any more?", max_length=500, required=False,
        help_text="Only colleagues read this. The customer is told that nothing is needed.",
    )  # fmt: skip


class SendForm(forms.Form):
    """What a customer sends."""

    files = FilesField(  # type: ignore[assignment]
        label="Your files",
        allow_empty_file=True,  # refused with its name, beside all other refusals
        error_messages={"required": "Choose a file first."},
    )
    note = forms.CharField(
        label="A note", max_length=2_000, required=False, widget=forms.Textarea({"rows": 3})
    )

    def sent(self) -> list[tuple[Any, str]]:
        """What the service takes: each file with its name."""
        found: list[UploadedFile[Any]] = self.cleaned_data["files"]
        return [(one.file, one.name or "") for one in found]
