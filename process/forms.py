"""Reads the filters of a page or API call from its URL, and the path that somebody expects."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django import forms

from process.models import NAME_LENGTH, NONE, EventLog, ModelPath
from process.queries.filters import Clock, Filters

EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2100, 1, 1)
NAMES: Final = frozenset({"from", "to", "team", "type", "clock", "least"})
MOST_LEAST: Final = 10**9
MOST_STEPS: Final = 30
BLANK_STEPS: Final = 4


class FilterForm(forms.Form):
    """`from`, `to`, `team`, `type`, `clock`, `least`; what is left out has its default."""

    team = forms.TypedChoiceField(coerce=int, required=False, empty_value=None)
    type = forms.TypedChoiceField(coerce=int, required=False, empty_value=None)
    clock = forms.ChoiceField(
        choices=[("business", "Business time"), ("calendar", "Calendar time")], required=False
    )
    least = forms.IntegerField(required=False, min_value=0, max_value=MOST_LEAST)

    def __init__(self, data: Any, *, teams: Mapping[int, str], types: Mapping[int, str]) -> None:
        super().__init__(data)
        for name, label in (("from", "Begun from"), ("to", "Until")):
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            self.fields[name] = forms.DateField(
                label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"]
            )
        self._choose("team", "All teams", teams)
        self._choose("type", "All types", types)
        for name, field in self.fields.items():
            chosen = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if chosen else "form-control"
            if self[name].errors:
                field.widget.attrs |= {
                    "aria-invalid": "true", "aria-describedby": f"id_{name}-error",
                }  # fmt: skip
        self.order_fields(["from", "to", "team", "type", "clock", "least"])

    def _choose(self, name: str, everything: str, labels: Mapping[int, str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        if set(labels) <= {NONE}:
            field.widget = forms.HiddenInput()  # nothing to choose among
        field.choices = [("", everything), *labels.items()]
        field.error_messages["invalid_choice"] = "There is no such choice."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("from", "to"):
            day = cleaned.get(name)
            if day is not None and not EARLIEST <= day <= LATEST:
                self.add_error(name, f"Choose a day from {EARLIEST.year} to {LATEST.year}.")
        start, end = cleaned.get("from"), cleaned.get("to")
        if not self.errors and start and end and start > end:
            self.add_error("to", "The period ends before it begins.")
        return cleaned

    def filters(self) -> Filters:
        """What was asked for; with errors, everything."""
        if not self.is_valid():
            return Filters()
        said = self.cleaned_data
        clock: Clock = "calendar" if said.get("clock") == "calendar" else "business"
        return Filters(
            said.get("from"), said.get("to"), said.get("team"), said.get("type"), clock,
            said.get("least") or 0,
        )  # fmt: skip


class PathForm(forms.Form):
    """A name, and steps in the order expected; empty rows are left out."""

    name = forms.CharField(max_length=NAME_LENGTH, label="Name of the path")

    def __init__(
        self, data: Any, *, log: EventLog, path: ModelPath | None, start: Sequence[int] = ()
    ) -> None:
        known = path.activities if path else list(start)
        super().__init__(data, initial={"name": path.name if path else ""})
        names = log.activities.order_by("name", "pk").values_list("pk", "name")
        choices = [("", "No step"), *((str(pk), name) for pk, name in names[:500])]
        self.fields["name"].widget.attrs["class"] = "form-control"
        rows = min(MOST_STEPS, max(len(known) + BLANK_STEPS, 8))
        sent = sum(f"step_{i}" in data for i in range(1, MOST_STEPS + 1)) if data else 0
        self.many = max(rows, sent)
        for i in range(1, self.many + 1):
            first = known[i - 1] if i <= len(known) else None
            self.fields[f"step_{i}"] = forms.TypedChoiceField(
                label=f"Step {i}", choices=choices, coerce=int, required=False, empty_value=None,
                initial=first, widget=forms.Select(attrs={"class": "form-select"}),
            )  # fmt: skip
            self.fields[f"optional_{i}"] = forms.BooleanField(
                label="may be left out", required=False,
                initial=bool(path and first in path.optional),
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            )  # fmt: skip

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"step_{i}"], self[f"optional_{i}"]) for i in range(1, self.many + 1)]

    @property
    def activities(self) -> list[int]:
        return [a for a, _ in self._chosen()]

    @property
    def optional(self) -> list[int]:
        return [a for a, may in self._chosen() if may]

    def _chosen(self) -> list[tuple[int, bool]]:
        said = self.cleaned_data
        pairs = [
            (said.get(f"step_{i}"), said.get(f"optional_{i}")) for i in range(1, self.many + 1)
        ]
        return [(a, bool(may)) for a, may in pairs if a is not None]
