"""Input of the pages for event logs: a file, then what its columns mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField

from kit.zones import check_zone
from people.models import WorkingCalendar
from process.importing.guess import ROLES
from process.importing.mapping import DATE_ORDERS, MOMENTS
from process.importing.models import NAME_LENGTH, LogImport
from process.importing.source import Sample

NOT_THERE: Final = ("", "Not in the file")
ACCEPTED: Final = ".xes,.gz,.csv,.tsv,.txt,.xlsx,.xls,.ods,.xml"
LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "case": ("Case", "The ticket, order or request that the event belongs to"),
    "activity": ("Activity", "What was done"),
    "time": ("Time", "When it was done; its end, if there is a start too"),
    "start": ("Start", "When it was begun, if the file says both"),
    "resource": ("Who", "The person or system that did it"),
    "lifecycle": (
        "State of the step",
        "Such as start or complete; only finished ones become steps",
    ),
    "team": ("Team", "Matched with your teams by name, to filter by"),
    "kind": ("Type", "Matched with your request types by name, to filter by"),
}
REQUIRED: Final = ("case", "activity", "time")


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Choose the log, or drop it here", max_length=300,
        help_text="XES, CSV, TSV, Excel or OpenDocument; packed with gzip or not",
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )  # fmt: skip


class LogForm(forms.Form):
    """Name and words of a log."""

    name = forms.CharField(label="Name", max_length=NAME_LENGTH)
    about = forms.CharField(
        label="Where it comes from", max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


@dataclass(frozen=True)
class RoleRow:
    """A line of the mapping table: what it is, the choice of a column, some of its cells."""

    bound: BoundField
    label: str
    about: str
    required: bool
    why: str
    examples: list[str]


class MapForm(forms.Form):
    """What the columns mean. The map goes in and comes out as JSON."""

    name = forms.CharField(label="Name of the log", max_length=NAME_LENGTH)
    zone = forms.CharField(label="Times without a zone are on the clock of", max_length=60)
    date_order = forms.ChoiceField(label="Dates are written", required=False)
    moments = forms.ChoiceField(
        label="Where a step has a start and an end", choices=list(MOMENTS.items())
    )
    calendar = forms.ModelChoiceField(
        label="Working hours", queryset=WorkingCalendar.objects.order_by("name", "pk"), required=False,
        empty_label="None: all hours count",
        help_text="Waits are then shown in business time too",
    )  # fmt: skip
    good_rows = forms.ChoiceField(
        label="If some rows are bad", widget=forms.RadioSelect, initial="all",
        choices=[("all", "Import nothing"), ("good", "Take the good rows, report the others")],
    )  # fmt: skip

    def __init__(
        self, data: Mapping[str, Any] | None, *, run: LogImport, sample: Sample,
        raw: Mapping[str, Any], reasons: Mapping[str, str], date_orders: set[str], zoned: bool,
    ) -> None:  # fmt: skip
        super().__init__(
            data,
            initial={
                "name": run.name, "calendar": run.calendar_id, "zone": raw.get("zone") or "UTC",
                "date_order": raw.get("date_order") or "", "moments": raw.get("moments"),
                "good_rows": "good" if run.good_rows_only else "all",
            },
        )  # fmt: skip
        self.sample, self.reasons, self.zoned = sample, reasons, zoned
        choices = [NOT_THERE, *((c, c[:80]) for c in sample.columns)]
        for role in ROLES:
            self.fields[role] = forms.ChoiceField(
                label=LABELS[role][0], choices=choices, required=role in REQUIRED,
                initial=raw.get(role) or "",
                error_messages={"required": "Choose a column."},
            )  # fmt: skip
        self._ask_order(date_orders)
        if run.new_version:
            self.fields["name"].disabled = True
            self.fields["name"].help_text = "Rename the log on its page"

    def _ask_order(self, fitting: set[str]) -> None:
        """Asked only where both orders fit; then nothing is chosen beforehand."""
        field = self.fields["date_order"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        choices = list(DATE_ORDERS.items())
        if len(fitting) > 1:
            choices[0] = ("", "Choose: 03/04 could be 3 April or 4 March")
            field.required = True
            field.error_messages["required"] = "Both orders fit this file. Say which one it is."
        field.choices = choices

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        check_zone(zone)
        return zone

    @property
    def rows(self) -> list[RoleRow]:
        return [self._row(role) for role in ROLES]

    def _row(self, role: str) -> RoleRow:
        bound, (label, about) = self[role], LABELS[role]
        chosen = str(bound.value() or "")
        why = self.reasons.get(role, "") if chosen == self.fields[role].initial else ""
        return RoleRow(bound, label, about, role in REQUIRED, why, self.sample.examples(chosen))

    @property
    def settings(self) -> list[BoundField]:
        return [self[n] for n in ("name", "calendar", "date_order", "zone", "moments")]

    def as_map(self) -> dict[str, str]:
        """The map as JSON."""
        data = self.cleaned_data
        raw = {role: data[role] for role in ROLES if data.get(role)}
        return raw | {name: data.get(name) or "" for name in ("zone", "date_order", "moments")}
