"""What people type about follow-ups, pauses and limits; forms never save."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone

from crm.forms import AccountChoice
from followups.models import Rule
from followups.queries.lists import Filters, rule_names
from people.models import User

FIRST, LAST = date(2000, 1, 1), date(2200, 1, 1)
BIGGEST: Final = 2**62


class DayField(forms.DateField):
    """A day that a calendar still shows."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date", "max": LAST.isoformat()}, format="%Y-%m-%d")
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not FIRST <= day <= LAST:
            raise forms.ValidationError("Choose a day nearer to now.")
        return day


class MomentField(forms.DateTimeField):
    """A day and a time in the reader's own zone."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, input_formats=["%Y-%m-%dT%H:%M"], **kwargs)

    def to_python(self, value: Any) -> Any:
        try:
            found = super().to_python(value)
        except OverflowError as far:
            raise forms.ValidationError("Choose a time nearer to now.") from far
        if isinstance(found, datetime) and not FIRST.year <= found.year < LAST.year:
            raise forms.ValidationError("Choose a time nearer to now.")
        return found


class FilterForm(forms.Form):
    """The filters of lists and calendar; what cannot be used is left out."""

    rule = forms.ChoiceField(required=False)
    account = forms.IntegerField(
        required=False, min_value=1, max_value=BIGGEST, widget=forms.HiddenInput
    )
    owner = forms.ChoiceField(
        label="On behalf of", required=False, choices=[("", "Anybody"), ("me", "Me")]
    )
    to = forms.CharField(
        label="To", max_length=200, required=False, help_text="A name, or a whole address."
    )
    since = DayField(label="From", required=False)
    until = DayField(label="To and with", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = rule_names()
        rule = self.fields["rule"]
        if isinstance(rule, forms.ChoiceField):
            rule.choices = [("", "Any rule"), *self.names.items()]

    def filters(self, user: User) -> Filters:
        self.is_valid()
        said = getattr(self, "cleaned_data", {})
        zone = timezone.get_current_timezone()

        def begin(day: date | None, later: int = 0) -> datetime | None:
            if day is None:
                return None
            return datetime.combine(day + timedelta(days=later), time(0), tzinfo=zone)

        return Filters(
            said.get("rule") or "", said.get("account"), user.pk if said.get("owner") == "me" else None,
            said.get("to") or "", begin(said.get("since")), begin(said.get("until"), 1),
        )  # fmt: skip


class OnForm(forms.Form):
    """The day that a calendar is opened at."""

    on = DayField(required=False)


class StopForm(forms.Form):
    why = forms.CharField(label="Why", max_length=300, required=False)


class MoveForm(forms.Form):
    to = MomentField(label="New time")


class DraftForm(forms.Form):
    """The text of a draft."""

    subject = forms.CharField(label="Subject", max_length=250)
    body = forms.CharField(label="Text", max_length=20_000, widget=forms.Textarea({"rows": 9}))

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")


class PauseForm(forms.Form):
    """Everything, one rule, or one account."""

    what = forms.ChoiceField(
        label="What waits", choices=[("all", "Everything"), ("rule", "One rule"), ("account", "One account")],
    )  # fmt: skip
    rule = forms.ModelChoiceField(queryset=Rule.objects.none(), required=False, label="Rule")
    account = AccountChoice(
        required=False, max_length=200,
        widget=forms.TextInput(attrs={"list": "account-options", "autocomplete": "off"}),
    )  # fmt: skip
    why = forms.CharField(
        label="Why", max_length=300, help_text="Colleagues read it and know when to go on."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.fields["rule"]
        if isinstance(rule, forms.ModelChoiceField):
            rule.queryset = Rule.objects.order_by("name", "pk")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        what = said.get("what")
        for name in ("rule", "account"):
            if what == name and not said.get(name) and name not in self.errors:
                self.add_error(name, f"Choose the {name}.")
            elif what != name:
                said[name] = None
        return said


class LimitsForm(forms.Form):
    most_a_week = forms.IntegerField(
        label="Mails to one contact in seven days", required=False, min_value=1, max_value=1000,
        help_text="At the most, of all rules together. Empty: as many as the rules say.",
    )  # fmt: skip
    stale_hours = forms.IntegerField(
        label="Hours after which it waits for a person", min_value=1, max_value=8760,
        help_text="What is later than this does not go out by itself: somebody decides first.",
    )  # fmt: skip
