"""Reads the filters of a KPI page or API call from its URL."""

from datetime import date
from typing import Any, Final

from django import forms

from kpis.definitions import Kpi
from kpis.models import NONE
from kpis.queries.filters import Clock, Filters

EARLIEST: Final = date(1990, 1, 1)
LATEST: Final = date(2100, 1, 1)
NAMES: Final = frozenset({"from", "to", "team", "type", "clock"})


class FilterForm(forms.Form):
    """`from`, `to`, `team`, `type`, `clock`; what is left out has its default."""

    team = forms.TypedChoiceField(coerce=int, required=False, empty_value=None)
    type = forms.TypedChoiceField(coerce=int, required=False, empty_value=None)
    clock = forms.ChoiceField(
        choices=[("business", "Business time"), ("calendar", "Calendar time")], required=False
    )

    def __init__(
        self,
        data: Any,
        *,
        kpi: Kpi | None,
        today: date,
        teams: dict[int, str],
        types: dict[int, str],
    ) -> None:
        super().__init__(data)
        self.today = today
        for name, label in (("from", "From"), ("to", "To")):
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            self.fields[name] = forms.DateField(
                label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"]
            )
        self._choose("team", "All teams", teams, "No team")
        if kpi is not None and kpi.typed:
            nobody = "No type" if kpi.slug == "turnaround" else "A colleague or the desk"
            self._choose("type", "All", types, nobody)
            self.fields["type"].label = kpi.typed
        else:
            del self.fields["type"]
        for name, field in self.fields.items():
            chosen = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if chosen else "form-control"
            if self[name].errors:
                field.widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"id_{name}-error",
                }
        self.order_fields(["from", "to", "team", "type", "clock"])

    def _choose(self, name: str, everything: str, labels: dict[int, str], nobody: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        field.choices = [("", everything), *labels.items(), (NONE, nobody)]
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

    def filters(self) -> Filters:
        """What was asked for; with errors, the default period."""
        if not self.is_valid():
            return Filters.last_days(self.today)
        return self._read(self.cleaned_data)

    def _read(self, cleaned: dict[str, Any]) -> Filters:
        end = cleaned.get("to") or self.today
        clock: Clock = "calendar" if cleaned.get("clock") == "calendar" else "business"
        start = cleaned.get("from") or Filters.last_days(end).start
        return Filters(start, end, cleaned.get("team"), cleaned.get("type"), clock)
