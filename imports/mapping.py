"""Maps: which column fills which field, and how its cells are to be read."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from desk.services import LogRules, Meaning
from imports.fields import Field, Reading
from imports.kind import Kind
from kit.tables import values
from kit.zones import check_zone

SHIPPED: Final = Path(__file__).parent / "maps"
KEYS: Final = frozenset({
    "kind", "columns", "constants", "values", "fractions", "lines", "activities", "ends_with_last",
    "request_type", "decimal_comma", "date_format", "zone", "encoding", "delimiter",
    "allow_duplicate_headers", "about", "beside", "match", "conflicts", "empty",
})  # fmt: skip
DATE_FORMATS: Final = {
    "": "As it stands (2026-11-24, 24.11.2026, 24 Nov 2026)",
    "%d/%m/%Y": "Day first: 24/11/2026",
    "%m/%d/%Y": "Month first: 11/24/2026",
    "%d-%m-%Y": "Day first: 24-11-2026",
    "%m-%d-%Y": "Month first: 11-24-2026",
    "%Y%m%d": "20261124",
    "%d.%m.%y": "24.11.26",
    "%d/%m/%y": "Day first: 24/11/26",
    "%m/%d/%y": "Month first: 11/24/26",
}


CONFLICTS: Final = {
    "file": "Take the file",
    "ours": "Keep ours, only add what is new",
    "fill": "Only fill fields that are empty here",
}


class MapError(Exception):
    """The map does not fit; the message is fit for people to read."""


@dataclass(frozen=True)
class Map:
    """A checked map of one kind. `columns` and `line_columns` are {field: column of the file}."""

    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    line_columns: Mapping[str, str] = field(default_factory=dict)
    lines_file: str = ""
    how: Reading = field(default_factory=Reading)
    activities: Mapping[str, Meaning] = field(default_factory=dict)
    ends_with_last: bool = False
    request_type: str = "question"
    encoding: str | None = None
    delimiter: str | None = None
    allow_duplicate_headers: bool = False
    match: str = ""
    conflicts: str = "file"
    empty: Mapping[str, str] = field(default_factory=dict)

    @property
    def log_rules(self) -> LogRules:
        return LogRules(self.activities, self.ends_with_last)


def shipped(name: str) -> dict[str, Any]:
    """A map that comes with the portal, by its name without “.json”."""
    path = SHIPPED / f"{name}.json"
    if not re.fullmatch(r"[a-z0-9_]+", name) or not path.exists():
        known = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.json")))
        raise MapError(f"There is no map “{name}”. These come with the portal: {known}.")
    return load(path)


def recognised(
    kind: Kind, columns: Sequence[str], line_columns: Sequence[str] | None
) -> dict[str, Any] | None:
    """The map that comes with the portal for a file with these columns, if there is one.

    Columns that tools of a field share tell little: `beside` names others that the file has.
    """
    for path in sorted(SHIPPED.glob("*.json")):
        raw = fitting(kind, load(path))
        lines = raw.get("lines")
        if raw["kind"] != kind.slug or (lines is None) != (line_columns is None):
            continue
        wanted = {*raw["columns"].values(), *raw.get("beside", ())} <= set(columns)
        if wanted and (lines is None or set(lines["columns"].values()) <= set(line_columns or ())):
            return raw
    return None


def fitting(kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
    """A map without the company's own fields that this company does not have."""
    known = {f.name for f in (*kind.fields, *kind.lines)}
    parts = {
        key: {n: v for n, v in (raw.get(key) or {}).items()
              if n in known or not n.startswith("custom_")}
        for key in ("columns", "constants", "values") if key in raw
    }  # fmt: skip
    return {**raw, **parts}


def load(path: Path) -> dict[str, Any]:
    """A map from a file.

    :raises MapError: if it is no JSON object.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise MapError(f"The map {path.name} cannot be read: {wrong}.") from wrong
    if not isinstance(found, dict):
        raise MapError(f"The map {path.name} is not a JSON object.")
    return found


def check(kind: Kind, raw: Mapping[str, Any]) -> Map:
    """The map that `raw` (JSON) means for a kind.

    :raises MapError: naming what is unknown, missing or of the wrong shape.
    """
    unknown = sorted(set(raw) - KEYS)
    if unknown:
        raise MapError(f"The map has keys that are not known: {', '.join(unknown)}.")
    if raw.get("kind", kind.slug) != kind.slug:
        raise MapError(f"The map is for {raw['kind']}, not for {kind.slug}.")
    lines = _object(raw, "lines")
    own = kind.fields if lines else (*kind.fields, *kind.lines)
    found = Map(
        columns=_columns(_texts(raw, "columns"), own, kind),
        constants=_columns(_texts(raw, "constants"), (*kind.fields, *kind.lines), kind),
        line_columns=_columns(_texts(lines, "columns"), _line_fields(kind), kind),
        lines_file=str(lines.get("file", "")),
        how=_reading(raw, kind),
        activities=_activities(_object(raw, "activities")),
        ends_with_last=raw.get("ends_with_last") is True,
        request_type=str(raw.get("request_type", "question")),
        encoding=_text_or_none(raw, "encoding"),
        delimiter=_text_or_none(raw, "delimiter"),
        allow_duplicate_headers=raw.get("allow_duplicate_headers") is True,
        match=_one_of(raw, "match", kind.matches or {}, kind.rule),
        conflicts=_one_of(raw, "conflicts", CONFLICTS, "file"),
        empty=_empty(raw, kind),
    )
    _all_required(kind, found, joined=bool(lines))
    return found


def _one_of(raw: Mapping[str, Any], key: str, known: Mapping[str, str], usual: str) -> str:
    value = raw.get(key) or usual
    if value != usual and value not in known:
        raise MapError(f"“{key}” in the map is one of {', '.join(known) or 'nothing'}.")
    return str(value)


def _empty(raw: Mapping[str, Any], kind: Kind) -> Mapping[str, str]:
    """What rows without a value belong to."""
    found = {name: text.strip() for name, text in _texts(raw, "empty").items() if text.strip()}
    if set(found) - {kind.stands_in}:
        raise MapError(f"“empty” in the map is for {kind.stands_in or 'other kinds'} only.")
    if any(len(text) > 200 or "\0" in text for text in found.values()):  # noqa: PLR2004 - a name
        raise MapError("“empty” in the map is a name of at most 200 characters.")
    return found


def _line_fields(kind: Kind) -> tuple[Field, ...]:
    """Fields of a file of lines: each line names its order."""
    return (kind.field("number"), *kind.lines) if kind.lines else ()


def _object(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = raw.get(key) or {}
    if not isinstance(found, dict):
        raise MapError(f"“{key}” in the map must be an object.")
    return found


def _texts(raw: Mapping[str, Any], key: str) -> Mapping[str, str]:
    found = _object(raw, key)
    if not all(isinstance(v, str) for v in found.values()):
        raise MapError(f"Every value of “{key}” in the map must be text.")
    return found


def _text_or_none(raw: Mapping[str, Any], key: str) -> str | None:
    value = raw.get(key) or None
    if value is not None and not isinstance(value, str):
        raise MapError(f"“{key}” in the map must be text.")
    if key == "delimiter" and value is not None and len(value) != 1:
        raise MapError("The delimiter is one character.")
    if key == "encoding" and value is not None:
        try:
            "".encode(value)
        except LookupError as unknown:
            raise MapError(f"There is no encoding “{value}”.") from unknown
    return value


def _columns(named: Mapping[str, str], fields: Sequence[Field], kind: Kind) -> Mapping[str, str]:
    known = {f.name for f in fields}
    unknown = sorted(set(named) - known)
    if unknown:
        raise MapError(f"{kind.label} have no field {', '.join(unknown)}.")
    return {name: column for name, column in named.items() if column}


def _reading(raw: Mapping[str, Any], kind: Kind) -> Reading:
    comma, form = raw.get("decimal_comma"), raw.get("date_format") or ""
    if comma not in (None, True, False):
        raise MapError("“decimal_comma” is true, false or null.")
    if not isinstance(form, str) or form not in DATE_FORMATS:
        raise MapError(f"“date_format” is one of {', '.join(repr(f) for f in DATE_FORMATS)}.")
    zone = raw.get("zone") or "UTC"
    try:
        check_zone(zone)
    except Exception as wrong:
        raise MapError(f"“{zone}” is not a time zone.") from wrong
    cells = {}
    for name, meanings in _object(raw, "values").items():
        what = _field(kind, name)
        allowed = {key for key, _ in what.choices} or {"yes", "no"}
        if not isinstance(meanings, dict):
            raise MapError(f"The values of “{name}” in the map must be an object.")
        free = what.kind in {"text", "key"} and all(isinstance(v, str) for v in meanings.values())
        if not free and not set(map(str, meanings.values())) <= allowed:
            raise MapError(
                f"The values of “{name}” must each be one of {', '.join(sorted(allowed))}."
            )
        cells[name] = {str(k): str(v) for k, v in meanings.items()}
    fractions = raw.get("fractions") or []
    if not isinstance(fractions, list) or not all(_field(kind, n).fraction for n in fractions):
        raise MapError("“fractions” lists fields that can be fractions: discount.")
    return Reading(comma, form, zone, frozenset(fractions), cells)


def _field(kind: Kind, name: Any) -> Field:
    found = next((f for f in (*kind.fields, *kind.lines) if f.name == name), None)
    if found is None:
        raise MapError(f"{kind.label} have no field “{name}”.")
    return found


def _activities(raw: Mapping[str, Any]) -> dict[str, Meaning]:
    """{meaning: [activities]} turned round."""
    found: dict[str, Meaning] = {}
    for meaning, names in raw.items():
        if meaning not in set(Meaning) or not isinstance(names, list):
            raise MapError(f"“activities” lists activities under {', '.join(Meaning)}.")
        for name in names:
            if not isinstance(name, str) or name in found:
                raise MapError(f"The activity “{name}” has two meanings.")
            found[name] = Meaning(meaning)
    return found


def _all_required(kind: Kind, found: Map, *, joined: bool) -> None:
    sides = [(kind.fields, found.columns)]
    if joined:
        sides.append((_line_fields(kind), found.line_columns))
    else:
        sides.append((kind.lines, found.columns))
    missing = [
        f.label for fields, columns in sides for f in fields
        if f.required and f.name not in columns and f.name not in found.constants
    ]  # fmt: skip
    if missing:
        raise MapError(f"Choose a column for: {', '.join(missing)}.")


def guess(kind: Kind, columns: Sequence[str], *, fields: Sequence[Field] = ()) -> dict[str, str]:
    """{field: column} by the names of the columns; each column is used once."""
    left = {_plain(column): column for column in reversed(columns)}
    found: dict[str, str] = {}
    wanted = fields or (*kind.fields, *kind.lines)
    for names in (_own_names, _called):
        for what in wanted:
            match = next((n for n in names(what) if n in left), None)
            if what.name not in found and match is not None:
                found[what.name] = left.pop(match)
    return found


def guess_reading(cells: Mapping[str, Sequence[str]], fields: Sequence[Field]) -> dict[str, Any]:
    """How numbers and dates of a sample are written, where the sample tells.

    :param cells: {field: some cells of its column}.
    """
    kinds = {f.name: f.kind for f in fields}
    numbers = [c.strip() for n, column in cells.items() if kinds[n] == "number" for c in column]
    days = [c.strip() for n, column in cells.items() if kinds[n] in {"day", "instant"}
            for c in column if not values.is_nothing(c)]  # fmt: skip
    comma = {
        c.rfind(",") > c.rfind(".") for c in numbers if re.search(r"[.,]\d{1,2}$|[.,]\d{4,}$", c)
    }
    found: dict[str, Any] = {}
    parts = [f.name for f in fields if f.fraction and _are_fractions(cells.get(f.name, ()))]
    if parts:
        found["fractions"] = parts
    if len(comma) == 1:
        found["decimal_comma"] = comma.pop()
    fitting = [
        form for form in DATE_FORMATS if form and days and all(_reads(d, form) for d in days)
    ]
    plain = all(_reads(d, "") for d in days)
    if not plain and len(fitting) == 1:
        found["date_format"] = fitting[0]
    return found


def _are_fractions(cells: Sequence[str]) -> bool:
    """Whether these are parts of one (0, 0.05, 0.15), not percents (0, 5, 12.5)."""
    numbers = []
    for cell in cells:
        try:
            numbers.append(values.decimal_of(cell.replace(",", "."), decimal_comma=False))
        except values.ValueProblem:
            continue
    return any(0 < n < 1 for n in numbers) and all(0 <= n <= 1 for n in numbers)


def _reads(text: str, form: str) -> bool:
    try:
        day = text.split(" ", maxsplit=1)[0] if form else text
        values.date_of(day, (form,) if form else values.DATE_FORMATS)
    except values.ValueProblem:
        return False
    return True


def _plain(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", spaced.lower()).split())


def _own_names(what: Field) -> list[str]:
    return [_plain(what.name), _plain(what.label)]


def _called(what: Field) -> list[str]:
    return [_plain(name) for name in what.called]
