"""What people type about meetings."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from crm.forms import AccountChoice, ContactChoice
from meetings.models import MeetingKind, Mode, Priority, Room
from people.models import User


def day_field(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **more
    )


class WindowMixin(forms.Form):
    """Two days between which a meeting shall be, as instants on the reader's clock."""

    window_from = day_field("Not before")
    window_until = day_field("Not after")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("window_from"), said.get("window_until")
        if first and last and last < first:
            self.add_error("window_until", "This is before the first day.")
        if "window_until" in self.changed_data and last and last < timezone.localdate():
            self.add_error("window_until", "This day has passed.")
        return said

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """The two days as instants on the reader's clock, not before now."""
        first, last = self.cleaned_data["window_from"], self.cleaned_data["window_until"]
        start, end = _midnight(first), _midnight(last + timedelta(days=1))
        return max(start, now), end


def _midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time.min))


class MeetingForm(WindowMixin):
    title = forms.CharField(max_length=200, label="What is it about?")
    kind = forms.ModelChoiceField(
        MeetingKind.objects.none(), required=False, empty_label="No special kind",
        help_text="Brings its length, agenda and what to prepare",
    )  # fmt: skip
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
    optional = forms.ModelMultipleChoiceField(
        User.objects.none(), required=False, label="Colleagues who may come"
    )
    minutes = forms.IntegerField(
        min_value=5, max_value=720, initial=45, label="How long, in minutes?"
    )
    mode = forms.ChoiceField(choices=Mode.choices, required=False, label="How do you meet?")
    place = forms.CharField(max_length=200, required=False, label="Where")
    video_url = forms.URLField(
        max_length=500, required=False, label="Video link", assume_scheme="https"
    )
    priority = forms.ChoiceField(
        choices=Priority.choices, required=False,
        help_text="High may take focus time and the room around other meetings",
    )  # fmt: skip

    field_order = [
        "title", "kind", "account", "contact", "attendees", "optional", "minutes", "mode",
        "window_from", "window_until", "place", "video_url", "priority",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        for name in ("attendees", "optional"):
            fields[name].queryset = User.objects.active().by_name()
        fields["kind"].queryset = MeetingKind.objects.filter(is_active=True).order_by("name")


class ChangeForm(WindowMixin):
    """What the finder looks for, and what stands in the invitation."""

    title = forms.CharField(max_length=200, label="What is it about?")
    minutes = forms.IntegerField(min_value=5, max_value=720, label="Minutes")
    mode = forms.ChoiceField(choices=Mode.choices, label="How do you meet?")
    room = forms.ModelChoiceField(
        Room.objects.none(), required=False, empty_label="Any, or none", label="Room"
    )
    place = forms.CharField(max_length=200, required=False, label="Where")
    video_url = forms.URLField(
        max_length=500, required=False, label="Video link", assume_scheme="https"
    )
    before_minutes = forms.IntegerField(min_value=0, max_value=720, label="Minutes free before")
    after_minutes = forms.IntegerField(min_value=0, max_value=720, label="Minutes free after")
    priority = forms.ChoiceField(choices=Priority.choices)
    agenda = forms.CharField(
        max_length=20_000, required=False, widget=forms.Textarea({"rows": 5}),
        help_text="Stands in the invitation",
    )  # fmt: skip

    field_order = [
        "title", "minutes", "mode", "window_from", "window_until", "room", "place", "video_url",
        "before_minutes", "after_minutes", "priority", "agenda",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        room: Any = self.fields["room"]
        room.queryset = Room.objects.filter(is_active=True).order_by("name")
        for name in ("window_from", "window_until"):
            self.fields[name].required = False

    def values(self, now: datetime) -> dict[str, Any]:
        """The columns of the meeting that were changed in the form."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        days = {"window_from", "window_until"} & set(changed)
        if days and self.cleaned_data["window_from"] and self.cleaned_data["window_until"]:
            changed["window_from"], changed["window_until"] = self.window(now)
        elif days:
            changed = {name: value for name, value in changed.items() if name not in days}
        return changed


class SlotForm(forms.Form):
    starts_at = forms.DateTimeField(label="Time")
    room = forms.ModelChoiceField(Room.objects.filter(is_active=True), required=False)


class MoveForm(forms.Form):
    """Another time, and perhaps another host."""

    starts_at = forms.DateTimeField(
        label="Begins",
        widget=forms.DateTimeInput({"type": "datetime-local", "step": "300"}, "%Y-%m-%dT%H:%M"),
    )
    host = forms.ModelChoiceField(User.objects.none(), required=False, empty_label=None)
    reason = forms.CharField(
        max_length=300, required=False, label="Why?", help_text="Everybody who comes can read it"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        host: Any = self.fields["host"]
        host.queryset = User.objects.active().by_name()


class PersonForm(forms.Form):
    """Somebody who comes too: a colleague, or a guest by address."""

    colleague = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Choose a colleague"
    )
    must = forms.BooleanField(required=False, initial=True, label="Must come")
    name = forms.CharField(max_length=200, required=False, label="Or the name of a guest")
    email = forms.EmailField(max_length=254, required=False, label="Mail address of the guest")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleague: Any = self.fields["colleague"]
        colleague.queryset = User.objects.active().by_name()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("colleague") and not said.get("email") and not self.errors:
            self.add_error("colleague", "Choose a colleague, or give the mail address of a guest.")
        return said


class CancelForm(forms.Form):
    reason = forms.CharField(max_length=300, required=False, label="Why?")
