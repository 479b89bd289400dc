"""Input of the import pages: a file, then what its columns mean."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField

from desk.models import RequestType
from desk.services import Meaning
from imports.fields import Field
from imports.kind import Kind
from imports.kinds import KINDS
from imports.mapping import CONFLICTS, DATE_FORMATS
from imports.samples import Sample

NOT_THERE: Final = ("", "Not in the file")
DECIMALS: Final = (
    ("", "As it stands (12.50 and 12,50; not 1,250)"),
    ("point", "1,250.00"),
    ("comma", "1.250,00"),
)
PLAIN: Final = "plain"
MEANINGS: Final = (
    ("", "Something else"),
    (Meaning.SUBMITTED, "Submitted"),
    (Meaning.FIRST_RESPONSE, "First answer of the desk"),
    (Meaning.WAITING, "Waits for the requester"),
    (Meaning.RESOLVED, "Resolved"),
    (Meaning.CLOSED, "Closed"),
)  # fmt: skip
HINTS: Final = (
    (Meaning.RESOLVED, r"resolv|solv|complet|answered|done"),
    (Meaning.CLOSED, r"clos"),
    (Meaning.WAITING, r"wait|pending|on hold|ask"),
    (Meaning.FIRST_RESPONSE, r"take|respon|assign|repl|start"),
    (Meaning.SUBMITTED, r"submit|creat|insert|regist|open"),
)
EXAMPLES: Final = 3


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is in it?", choices=[(k.slug, f"{k.label}: {k.about}") for k in KINDS.values()]
    )
    file = forms.FileField(
        label="The file", max_length=300, help_text="CSV, TSV, Excel or OpenDocument; gzip too"
    )
    lines = forms.FileField(
        label="The lines, if they are in a file of their own",
        max_length=300,
        required=False,
        help_text="For orders whose lines are apart, joined by the order number",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("lines") and data.get("kind") != "orders":
            self.add_error("lines", "Only orders have lines in a second file.")
        return data


@dataclass(frozen=True)
class Row:
    """A line of the mapping table: a field of ours, the choice of a column, some of its cells."""

    bound: BoundField
    field: Field
    examples: list[str]


class MapForm(forms.Form):
    """What the columns of one file mean. The raw map goes in and comes out as JSON."""

    def __init__(
        self, data: Mapping[str, Any] | None, *, kind: Kind, main: Sample, lines: Sample | None,
        raw: Mapping[str, Any],
    ) -> None:  # fmt: skip
        super().__init__(data)
        self.kind, self.main, self.lines, self.raw = kind, main, lines, raw
        own = kind.fields if lines else (*kind.fields, *kind.lines)
        self._columns(own, main, raw.get("columns", {}), "column")
        self.line_fields = (kind.field("number"), *kind.lines) if lines else ()
        if lines:
            of_lines = (raw.get("lines") or {}).get("columns", {})
            self._columns(self.line_fields, lines, of_lines, "line")
        self.own = own
        self._settings(raw)
        self._records(raw)
        self.meanings = list(self._add_meanings())

    def _columns(
        self, fields: Sequence[Field], sample: Sample, chosen: Mapping[str, str], prefix: str
    ) -> None:
        choices = [NOT_THERE, *((c, c) for c in sample.columns)]
        for what in fields:
            self.fields[f"{prefix}-{what.name}"] = forms.ChoiceField(
                label=what.label, choices=choices, required=False, help_text=what.help,
                initial=chosen.get(what.name, ""),
            )  # fmt: skip

    def _settings(self, raw: Mapping[str, Any]) -> None:
        kinds = {f.kind for f in (*self.own, *self.line_fields)}
        comma = {True: "comma", False: "point"}.get(raw.get("decimal_comma"), "either")  # type: ignore[arg-type]
        if "number" in kinds:
            self.fields["decimals"] = forms.ChoiceField(
                label="Numbers are written", choices=DECIMALS, initial=comma
            )
        if kinds & {"day", "instant"}:
            self.fields["date_format"] = forms.ChoiceField(
                label="Dates are written", initial=raw.get("date_format") or PLAIN,
                choices=[(form or PLAIN, words) for form, words in DATE_FORMATS.items()],
            )  # fmt: skip
            self.fields["zone"] = forms.CharField(
                label="Times without a zone are on the clock of", max_length=60,
                initial=raw.get("zone", "UTC"),
            )  # fmt: skip
        if any(f.fraction for f in (*self.own, *self.line_fields)):
            self.fields["fractions"] = forms.BooleanField(
                label="A discount of 5 % is written 0.05", required=False,
                initial=bool(raw.get("fractions")),
            )  # fmt: skip
        if self.kind.slug == "request-log":
            types = [(t.slug, t.name) for t in RequestType.objects.order_by("position", "pk")]
            self.fields["request_type"] = forms.ChoiceField(
                label="The cases become requests of type", choices=types,
                initial=raw.get("request_type", "question"),
            )  # fmt: skip
            self.fields["ends_with_last"] = forms.BooleanField(
                label="Every case is over: its last event ends it", required=False,
                initial=raw.get("ends_with_last", False),
            )  # fmt: skip
        self.fields["good_rows"] = forms.ChoiceField(
            label="If some rows are bad", widget=forms.RadioSelect, initial="all",
            choices=[("all", "Change nothing"), ("good", "Take the good rows, report the others")],
        )  # fmt: skip

    def _records(self, raw: Mapping[str, Any]) -> None:
        """How records are found again, and what becomes of what differs."""
        if self.kind.stands_in:
            self.fields["stand_in"] = forms.CharField(
                label="Rows without an account belong to", max_length=200, required=False,
                initial=(raw.get("empty") or {}).get(self.kind.stands_in, ""),
                help_text="An account by its name, made if there is none; empty: such rows are reported",
            )  # fmt: skip
        if self.kind.matches:
            self.fields["match"] = forms.ChoiceField(
                label="Without an id, records are found by", choices=self.kind.matches.items(),
                initial=raw.get("match") or self.kind.rule,
            )  # fmt: skip
        if self.kind.target:
            self.fields["conflicts"] = forms.ChoiceField(
                label="Where the file says something else than we have", choices=CONFLICTS.items(),
                initial=raw.get("conflicts") or "file",
            )  # fmt: skip

    def _chosen(self, name: str) -> str:
        key = f"column-{name}"
        return str(self.data.get(key, "") if self.is_bound else self.fields[key].initial or "")

    def _add_meanings(self) -> Iterator[tuple[str, int, BoundField, str]]:
        """For each value of a column of choices (or of activities): what it means here."""
        for what in self.own:
            choices = _choices(what)
            if not choices:
                continue
            for i, (value, count) in enumerate(self.main.values(self._chosen(what.name))):
                key = f"mean-{what.name}-{i}"
                self.fields[key] = forms.ChoiceField(
                    label=f"“{value}” means", choices=choices, required=False,
                    initial=self._guess(what, value),
                )  # fmt: skip
                yield value, count, self[key], what.name

    def _guess(self, what: Field, value: str) -> str:
        if what.name == "activity":
            known = self.raw.get("activities") or {}
            for meaning, names in known.items():
                if value in names:
                    return str(meaning)
            if known:
                return ""
            return next((m for m, words in HINTS if re.search(words, value.lower())), "")
        known = (self.raw.get("values") or {}).get(what.name, {})
        by_name = {label.lower(): key for key, label in what.choices} | what.synonyms
        by_name |= {key: key for key, _ in what.choices}
        return str(known.get(value) or by_name.get(value.lower(), ""))

    @property
    def rows(self) -> list[Row]:
        return [self._row(f, "column", self.main) for f in self.own]

    @property
    def line_rows(self) -> list[Row]:
        return [self._row(f, "line", self.lines) for f in self.line_fields if self.lines]

    def _row(self, what: Field, prefix: str, sample: Sample) -> Row:
        bound = self[f"{prefix}-{what.name}"]
        cells = [c for c in sample.cells(str(bound.value() or "")) if c.strip()]
        return Row(bound, what, [c[:40] for c in dict.fromkeys(cells)][:EXAMPLES])

    @property
    def settings(self) -> list[BoundField]:
        names = ("decimals", "date_format", "zone", "fractions", "request_type", "ends_with_last",
                 "match", "conflicts", "stand_in")  # fmt: skip
        return [self[n] for n in names if n in self.fields]

    def as_map(self) -> dict[str, Any]:
        """The map as JSON; what the page does not ask (constants, encoding) is kept."""
        data = self.cleaned_data
        kept = {k: v for k, v in self.raw.items()
                if k in {"constants", "encoding", "delimiter", "about"}}  # fmt: skip
        raw: dict[str, Any] = {**kept, "allow_duplicate_headers": True}
        raw["columns"] = {
            f.name: data[f"column-{f.name}"] for f in self.own if data[f"column-{f.name}"]
        }
        if self.line_fields:
            chosen = {f.name: data[f"line-{f.name}"] for f in self.line_fields}
            raw["lines"] = {"columns": {k: v for k, v in chosen.items() if v}}
        raw["decimal_comma"] = {"comma": True, "point": False}.get(data.get("decimals", ""))
        raw["date_format"] = data.get("date_format", PLAIN).replace(PLAIN, "")
        raw["zone"] = data.get("zone") or "UTC"
        raw |= {name: data[name] for name in ("match", "conflicts") if data.get(name)}
        if data.get("stand_in", "").strip():
            raw["empty"] = {self.kind.stands_in: data["stand_in"].strip()}
        if data.get("fractions"):
            raw["fractions"] = ["discount"]
        return raw | self._meant(data)

    def _meant(self, data: Mapping[str, Any]) -> dict[str, Any]:
        free = {f.name for f in self.own if not _choices(f)}
        values = {n: dict(v) for n, v in (self.raw.get("values") or {}).items() if n in free}
        activities: dict[str, list[str]] = {}
        for value, _, bound, name in self.meanings:
            meaning = data[bound.name]
            if meaning and name == "activity":
                activities.setdefault(meaning, []).append(value)
            elif meaning:
                values.setdefault(name, {})[value] = meaning
        more: dict[str, Any] = {"values": values}
        if self.kind.slug == "request-log":
            more |= {"activities": activities, "ends_with_last": data["ends_with_last"],
                     "request_type": data["request_type"]}  # fmt: skip
        return more


def _choices(what: Field) -> list[tuple[str, str]]:
    if what.name == "activity":
        return [(str(key), label) for key, label in MEANINGS]
    return [("", "Not known: report the row"), *what.choices] if what.choices else []
