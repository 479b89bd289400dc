"""What apps above meetings ask beside an outcome (settings.MEETING_OUTCOME_STEPS)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django import forms
from django.conf import settings
from django.utils.module_loading import import_string

from meetings.models import Meeting
from people.models import User


class Part(Protocol):
    """Fields of the form about an outcome, and what they do.

    `form` gives None where it has nothing to ask of this meeting or this person; its fields must be
    named apart from all others (give it a prefix). `apply` runs in the transaction that keeps the
    outcome, and may refuse with `BadMeeting`.
    """

    title: str

    def form(self, meeting: Meeting, user: User, data: Any | None) -> forms.Form | None: ...

    def apply(
        self, meeting: Meeting, form: forms.Form, *, by: User, at: datetime
    ) -> None: ...  # fmt: skip


Asked = list[tuple[Part, forms.Form]]


def asked(meeting: Meeting, user: User, data: Any | None = None) -> Asked:
    """The parts that ask something here, each with its form."""
    found: Asked = []
    for path in settings.MEETING_OUTCOME_STEPS:
        part: Part = import_string(path)
        form = part.form(meeting, user, data)
        if form is not None:
            found.append((part, form))
    return found


def apply(
    parts: Iterable[tuple[Part, forms.Form]], meeting: Meeting, by: User, at: datetime
) -> None:
    """Let each do what was asked of it; the forms are valid."""
    for part, form in parts:
        part.apply(meeting, form, by=by, at=at)
