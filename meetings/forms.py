"""What people type about meetings."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from crm.forms import AccountChoice, ContactChoice
from people.models import User


class MeetingForm(forms.Form):
    title = forms.CharField(max_length=200, label="What is it about?")
    account = AccountChoice(
        max_length=200, required=False,
        widget=forms.TextInput({"list": "account-options", "autocomplete": "off"}),
    )  # fmt: skip
    contact = ContactChoice(
        required=False, label="Guest", help_text="The mail address of a contact who is invited"
    )
    attendees = forms.ModelMultipleChoiceField(
        User.objects.none(), label="Colleagues who must come"
    )
    minutes = forms.IntegerField(
        min_value=5, max_value=720, initial=45, label="How long, in minutes?"
    )
    window_from = forms.DateField(label="Not before", widget=forms.DateInput({"type": "date"}))
    window_until = forms.DateField(label="Not after", widget=forms.DateInput({"type": "date"}))
    place = forms.CharField(max_length=200, required=False, label="Where")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attendees: Any = self.fields["attendees"]
        attendees.queryset = User.objects.active().by_name()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("window_from"), said.get("window_until")
        if first and last and last < first:
            self.add_error("window_until", "This is before the first day.")
        if last and last < timezone.localdate():
            self.add_error("window_until", "This day has passed.")
        return said

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """The two days as instants on the reader's clock, not before now."""
        first, last = self.cleaned_data["window_from"], self.cleaned_data["window_until"]
        start = timezone.make_aware(datetime.combine(first, time.min))
        end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
        return max(start, now), end


class SlotForm(forms.Form):
    starts_at = forms.DateTimeField(label="Time")


class CancelForm(forms.Form):
    reason = forms.CharField(max_length=300, required=False, label="Why?")
