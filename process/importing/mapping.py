"""Maps: which column is the case, which the activity, which the time; and how times are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError

from kit.zones import check_zone
from process.importing.guess import ROLES
from process.importing.refusals import LogRefused
from process.importing.source import Sample
from process.importing.times import DAY, MONTH, orders_that_fit

REQUIRED: Final = {"case": "the case", "activity": "the activity", "time": "the time"}
DATE_ORDERS: Final = {
    "": "As they stand (2026-11-24, 24.11.2026, 24 Nov 2026)",
    DAY: "Day first: 24/11/2026",
    MONTH: "Month first: 11/24/2026",
}
AT_END, AT_START, BOTH = "end", "start", "both"
MOMENTS: Final = {
    AT_END: "One step, when it was finished",
    AT_START: "One step, when it was begun",
    BOTH: "Two steps: begun, and finished",
}
KEYS: Final = frozenset({*ROLES, "zone", "date_order", "moments"})
LONGEST_COLUMN: Final = 1000


@dataclass(frozen=True)
class Map:
    """A checked map. `columns` is {role: column of the file}."""

    columns: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    date_order: str = ""
    moments: str = AT_END

    @property
    def in_order(self) -> list[tuple[str, str]]:
        """(role, column), as the rows are read."""
        return [(role, self.columns[role]) for role in ROLES if role in self.columns]


def check(raw: Mapping[str, Any]) -> Map:
    """The map that `raw` (JSON) means.

    :raises LogRefused: naming what is unknown, missing or of the wrong shape.
    """
    unknown = sorted(set(map(str, raw)) - KEYS)
    if unknown:
        raise LogRefused(f"The map has keys that are not known: {', '.join(unknown)[:200]}.")
    wrong = [key for key, value in raw.items() if not _is_words(value)]
    if wrong:
        raise LogRefused(f"“{wrong[0]}” in the map must be a text.")
    columns = {role: raw[role] for role in ROLES if raw.get(role)}
    missing = [words for role, words in REQUIRED.items() if role not in columns]
    if missing:
        raise LogRefused(f"Choose a column for {' and '.join(missing)}.")
    if columns["case"] == columns["activity"]:
        raise LogRefused("The case and the activity cannot be the same column.")
    order, moments, zone = (
        raw.get("date_order") or "",
        raw.get("moments") or AT_END,
        raw.get("zone") or "UTC",
    )
    if order not in DATE_ORDERS:
        raise LogRefused("“date_order” in the map is empty, “day” or “month”.")
    if moments not in MOMENTS:
        raise LogRefused(f"“moments” in the map is one of {', '.join(MOMENTS)}.")
    try:
        check_zone(zone)
    except ValidationError as refusal:
        raise LogRefused(" ".join(refusal.messages)[:300]) from refusal
    return Map(columns, zone, order, moments)


def fit(how: Map, sample: Sample) -> None:
    """Refuse a map that this file cannot be read by.

    :raises LogRefused: naming columns that are not there, or asking for the order of day and month.
    """
    missing = [column for _, column in how.in_order if column not in sample.columns]
    if missing:
        raise LogRefused(f"The file has no column “{missing[0][:100]}”.")
    cells = [c for role in ("time", "start") for c in sample.cells(how.columns.get(role, ""))]
    fitting = orders_that_fit([cell for cell in cells if cell.strip()])
    if fitting and not how.date_order:
        raise LogRefused(
            "Say how dates are written: whether 03/04/2026 is 3 April or 4 March cannot be told from "
            "the file."
        )
    if fitting and how.date_order not in fitting:
        raise LogRefused("Not all dates of the file can be read in that order of day and month.")


def _is_words(value: Any) -> bool:
    return value is None or (
        isinstance(value, str) and len(value) <= LONGEST_COLUMN and "\0" not in value
    )
