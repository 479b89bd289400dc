"""What a measure and a KPI are.

A change of meaning is a new `version` with the day it came into force; the words say what changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from django.db import models

Unit = Literal["duration", "days", "share", "count", "amount", "average"]
CURRENCY: Final = "EUR"  # amounts in other currencies are left out and counted
WINDOW_DAYS: Final = 30  # in which an error must be found to count against accuracy
GRACE_SECONDS: Final = 5 * 60  # a meeting that starts within it starts on time
ANSWER_SECONDS: Final = 4 * 3600  # the target for an internal answer
CLOSED_AFTER_DAYS: Final = 10  # after its end a month is closed
EXACT_UP_TO: Final = 10_000  # percentiles of more values are read from histograms


@dataclass(frozen=True)
class Measure:
    """One figure. `where`, `n`, `hits`, `calendar`, `business`, `amount` are SQL over the facts."""

    name: str
    label: str
    text: str
    unit: Unit
    facts: type[models.Model]
    day: str
    where: str = "true"
    n: str = "1"
    hits: str = "0"
    calendar: str = "NULL::bigint"
    business: str = "NULL::bigint"
    amount: str = "0"
    hit_amount: str = "0"
    better: Literal["low", "high", ""] = "low"
    shown: bool = True
    version: int = 1

    @property
    def table(self) -> str:
        return self.facts._meta.db_table

    @property
    def pk(self) -> str:
        field = self.facts._meta.pk
        return "pk" if field is None else field.name

    @property
    def has_histogram(self) -> bool:
        return self.unit in {"duration", "days"} and not self.name.startswith("held.")


@dataclass(frozen=True)
class Kpi:
    """A page: its question, its measures, and the words that it can be argued with."""

    slug: str
    title: str
    question: str
    headline: str
    measures: tuple[Measure, ...]
    definition: tuple[str, ...]
    excluded: Mapping[str, str]  # measure that counts them -> words
    typed: str = ""  # what "type" means here; empty: not cut by type
    untyped: str = "No type"
    cut_by: tuple[str, ...] = ()  # what else it is cut by, besides team and type
    spread: str = ""  # the measure whose distribution is drawn; empty: the headline
    unseen: str = ""
    version: int = 1
    since: date = date(2026, 11, 1)
    changes: tuple[tuple[int, date, str], ...] = ((1, date(2026, 11, 1), "First version."),)

    @property
    def spread_of(self) -> "Measure":
        return self.measure(self.spread or self.headline)

    def measure(self, name: str) -> Measure:
        return next(m for m in self.measures if m.name == name)

    @property
    def visible(self) -> list[Measure]:
        return [m for m in self.measures if m.shown]


def duration(name: str, label: str, text: str, *, column: str, where: str, **more: Any) -> Measure:
    """Seconds on both clocks, of rows that have them."""
    return Measure(
        name,
        label,
        text,
        "duration",
        where=f"{where} AND {column}_calendar IS NOT NULL",
        calendar=f"{column}_calendar",
        business=f"{column}_business",
        **more,
    )


def share(name: str, label: str, text: str, *, hit: str, **more: Any) -> Measure:
    """Rows for which `hit` holds, of all; a high share is good unless `better` says otherwise."""
    return Measure(name, label, text, "share", hits=f"({hit})::int", **{"better": "high", **more})


def count(name: str, label: str, text: str = "", **more: Any) -> Measure:
    """How many rows; no way is better."""
    return Measure(name, label, text, "count", better="", **more)
