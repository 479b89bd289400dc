"""What people say about a suggestion."""

from typing import Any, Final

from django import forms

SNOOZES: Final = [(7, "A week"), (30, "A month"), (90, "Three months")]


class DismissForm(forms.Form):
    reason = forms.CharField(
        label="Why not?", max_length=300,
        help_text="It stays away until half as many hours again are lost.",
    )  # fmt: skip


class SnoozeForm(forms.Form):
    days = forms.TypedChoiceField(label="Put off for", choices=SNOOZES, coerce=int)


class MadeForm(forms.Form):
    on = forms.DateField(
        label="In force since", input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


class CommentForm(forms.Form):
    body = forms.CharField(
        label="Comment", max_length=2_000, widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Write something first."},
    )  # fmt: skip


def bound(kind: type[forms.Form], prefix: str, data: Any = None, **initial: Any) -> forms.Form:
    """A form of a page that has several: its fields have ids of their own."""
    return kind(data, initial=initial, auto_id=f"{prefix}-%s")
