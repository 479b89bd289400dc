"""Reads the filters of a KPI page or API call from its URL, and what people say about the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms

from crm.forms import AccountChoice
from kit.widgets import LightSelect
from kit.zones import check_zone
from kpis.definitions import Kpi
from kpis.models import NONE
from kpis.queries import labels
from kpis.queries.filters import Against, Clock, Filters

EARLIEST: Final = date(1990, 1, 1)
LATEST: Final = date(2100, 1, 1)
NAMES: Final = frozenset(
    {"from", "to", "team", "type", "coordinator", "rep", "account", "priority", "channel", "clock",
     "zone", "against"}
)  # fmt: skip
EVERYWHERE: Final = (
    "coordinator",
    "rep",
    "account",
)  # the cuts that all five KPIs share, or nearly


@dataclass(frozen=True)
class Choices:
    """Names of what can be chosen, by key."""

    teams: Mapping[int, str]
    types: Mapping[int, str]
    people: Mapping[int, str]
    priorities: Mapping[int, str]
    channels: Mapping[str, str]


def choices_of(slug: str) -> Choices:
    return Choices(
        labels.teams(), labels.types(slug), labels.people(), labels.priorities(), labels.CHANNELS
    )


def _choice() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(coerce=int, required=False, empty_value=None, widget=LightSelect)


class FilterForm(forms.Form):
    """Period, whose, of what, clock, zone, comparison; what is left out has its default."""

    team = _choice()
    type = _choice()
    coordinator = _choice()
    rep = _choice()
    account = AccountChoice(required=False, max_length=200)
    priority = _choice()
    channel = forms.ChoiceField(required=False, widget=LightSelect)
    against = forms.ChoiceField(
        choices=[("before", "The period before"), ("year", "The year before")],
        required=False, label="Compare with", widget=LightSelect,
    )  # fmt: skip
    zone = forms.CharField(
        required=False, max_length=60, validators=[check_zone], label="Days cut in"
    )
    clock = forms.ChoiceField(
        choices=[("business", "Business time"), ("calendar", "Calendar time")], required=False
    )

    def __init__(self, data: Any, *, kpi: Kpi | None, today: date, choices: Choices) -> None:
        super().__init__(data)
        self.today = today
        for name, label in (("from", "From"), ("to", "To")):
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            self.fields[name] = forms.DateField(
                label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"]
            )
        self._offer(kpi, choices)
        for name, options in (("account", "account-options"), ("zone", "kpi-zones")):
            if name in self.fields:
                self.fields[name].widget.attrs |= {"list": options, "autocomplete": "off"}
        for name, field in self.fields.items():
            chosen = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if chosen else "form-control"
            if self[name].errors:
                field.widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"id_{name}-error",
                }
        self.order_fields(["from", "to", "team", "type"])

    def _offer(self, kpi: Kpi | None, choices: Choices) -> None:
        """The filters that mean something here, with what can be chosen."""
        self._choose("team", "All teams", choices.teams, {NONE: "No team"})
        self._choose("coordinator", "Everybody", choices.people, {NONE: "Nobody"})
        self._choose("rep", "Everybody", choices.people, {NONE: "Nobody"})
        self._choose("priority", "All", choices.priorities, {})
        channel = self.fields["channel"]
        assert isinstance(channel, forms.ChoiceField)  # noqa: S101 - declared above
        channel.choices = [("", "All"), *choices.channels.items()]
        if kpi is not None and kpi.typed:
            self._choose("type", "All", choices.types, {NONE: kpi.untyped})
            self.fields["type"].label = kpi.typed
        else:
            del self.fields["type"]
        names = EVERYWHERE if kpi is None else kpi.cut_by
        for name in ("coordinator", "rep", "account", "priority", "channel"):
            if name not in names:
                del self.fields[name]
        if kpi is not None and kpi.slug == "response":
            self.fields["coordinator"].label, self.fields["rep"].label = "Asked", "Asking"

    def _choose(
        self, name: str, everything: str, labels: Mapping[int, str], nobody: Mapping[int, str]
    ) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        field.choices = [("", everything), *labels.items(), *nobody.items()]
        field.error_messages["invalid_choice"] = "There is no such choice."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("from", "to"):
            day = cleaned.get(name)
            if day is not None and not EARLIEST <= day <= LATEST:
                self.add_error(name, f"Choose a day from {EARLIEST.year} to {LATEST.year}.")
        if not self.errors:
            filters = self._read(cleaned)
            if filters.start > filters.end:
                self.add_error("to", "The period ends before it begins.")
        return cleaned

    @property
    def more(self) -> list[forms.BoundField]:
        """The filters that stand behind "More"."""
        return [self[name] for name in self.fields if name not in {*_FIRST, "clock"}]

    @property
    def more_used(self) -> int:
        """How many of them narrow the page."""
        quiet = {"", "before", None}
        return sum(1 for bound in self.more if bound.value() not in quiet)

    def filters(self) -> Filters:
        """What was asked for; with errors, the default period."""
        if not self.is_valid():
            return Filters.last_days(self.today)
        return self._read(self.cleaned_data)

    def _read(self, cleaned: dict[str, Any]) -> Filters:
        end = cleaned.get("to") or self.today
        clock: Clock = "calendar" if cleaned.get("clock") == "calendar" else "business"
        against: Against = "year" if cleaned.get("against") == "year" else "before"
        account = cleaned.get("account")
        return Filters(
            cleaned.get("from") or Filters.last_days(end).start, end, cleaned.get("team"),
            cleaned.get("type"), clock, cleaned.get("coordinator"), cleaned.get("rep"),
            account.pk if account else None, cleaned.get("priority"),
            cleaned.get("channel") or None, cleaned.get("zone") or "", against,
        )  # fmt: skip


_FIRST: Final = ("from", "to", "team", "type")


class TargetForm(forms.Form):
    """A target: hours for durations, percent for shares, the plain figure else."""

    value = forms.DecimalField(max_digits=9, decimal_places=2, min_value=0, label="Target")
    since = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_since(self) -> date:
        day: date = self.cleaned_data["since"]
        if not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(f"Choose a day from {EARLIEST.year} to {LATEST.year}.")
        return day


class NoteForm(forms.Form):
    """Something that may explain the figures."""

    day = forms.DateField(
        label="Day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    words = forms.CharField(label="What happened", max_length=140)
    everywhere = forms.BooleanField(required=False, label="Show on every KPI")

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(f"Choose a day from {EARLIEST.year} to {LATEST.year}.")
        return day
