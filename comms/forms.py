"""What people type beside a file."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from comms.models import Visibility

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
