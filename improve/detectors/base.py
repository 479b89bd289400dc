"""The one interface of detectors: read rows, measure a unit of them, say what was found.

A unit is what one suggestion would be about: a field of a type, a department and a type, a rule.
Reading is SQL; measuring is arithmetic over arrays, so that planted and shuffled rows can be
measured without a database.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from improve import stats
from improve.period import Period
from improve.stats.exact import Floats, Z

HOUR: Final = 3600.0
MANY: Final = 50  # rows that a suggestion keeps to drill to
WAITING, WORK = "waiting", "work"
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Unit:
    """Rows of one candidate: when each happened (seconds since 1970), and its columns.

    A column may be two-dimensional; its first dimension is the row.
    """

    key: str
    about: Mapping[str, Any]
    at: Floats
    columns: Mapping[str, Floats]
    period: Period
    extra: Mapping[str, Any] = field(default_factory=dict)  # what a measurement needs besides

    def __getitem__(self, name: str) -> Floats:
        return self.columns[name]

    @property
    def later_half(self) -> "Unit":
        half = self.period.later_half
        keep = self.at >= half.start.timestamp()
        columns = {name: values[keep] for name, values in self.columns.items()}
        return Unit(self.key, self.about, self.at[keep], columns, half, self.extra)


@dataclass(frozen=True)
class Measured:
    """What a test says about a unit. `effect` with its 95 % interval is in the detector's own unit;
    hours are those lost in a month; `numbers` go into the words."""

    n: int
    effect: float
    low: float
    high: float
    p: float
    statistic: float
    hours: float
    hours_low: float
    hours_high: float
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """Where the change is made: the name of the page, its arguments, what is filled in for whoever
    opens it (`query`), and what takes it back (`undo`). `watch` is the journal's word for the change
    the key of what is changed (0 for something new) and its kind."""

    words: str
    page: str
    args: Sequence[Any]
    query: Mapping[str, Any]
    permission: str
    watch: tuple[str, int, str]
    undo: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Words:
    """How a suggestion reads: a bar has {label, value, note, own}; a line of the calculation is
    (what, how with the numbers put in, result)."""

    title: str
    summary: str
    bars_title: str
    bars_unit: str
    bars: Sequence[Mapping[str, Any]]
    lines: Sequence[tuple[str, str, str]]
    change: Change
    team: int | None = None


def apart(unit: Unit, own: Mask, hit: Mask) -> Measured:
    """How much more often rows of `own` are a `hit` than the others (Fisher's exact test, one side;
    Newcombe's interval), and the hours of a month that the difference costs."""
    n, other_n = int(own.sum()), int((~own).sum())
    hits, other_hits = int((own & hit).sum()), int((~own & hit).sum())
    effect = hits / max(n, 1) - other_hits / max(other_n, 1)
    low, high = stats.newcombe(hits, n, other_hits, other_n)
    each = unit["seconds"][own & hit] / HOUR
    held = float(each.mean()) if hits else 0.0
    month = n * held / unit.period.months
    numbers = {"n": n, "other_n": other_n, "hits": hits, "other_hits": other_hits, "held": held}
    return Measured(
        n, effect, low, high, stats.fisher_above(hits, n, other_hits, other_n), effect,
        month * effect, *band(month * effect, (effect, low, high), each), numbers,
    )  # fmt: skip


class Detector(ABC):
    """`minimum` rows at least; `least` the effect that matters, `least_low` the lower end of its
    interval, `least_later` the effect in the later half; `losing` says of what the hours are."""

    code: ClassVar[str]
    title: ClassVar[str]
    short: ClassVar[str]
    about: ClassVar[str]
    effect_words: ClassVar[str]
    effect_unit: ClassVar[str] = "points"
    test: ClassVar[str]
    subject: ClassVar[str] = "desk.salesrequest"
    losing: ClassVar[str] = WAITING
    minimum: ClassVar[int]
    least: ClassVar[float]
    least_low: ClassVar[float]
    least_later: ClassVar[float]
    followable: ClassVar[bool] = True

    @abstractmethod
    def read(self, period: Period) -> list[Unit]:
        """Everything that could be suggested about, of rows in the period."""

    @abstractmethod
    def count(self, unit: Unit) -> int:
        """Rows that the minimum is asked of: the smaller group, where two are compared."""

    @abstractmethod
    def measure(self, unit: Unit, rng: np.random.Generator) -> Measured:
        """Test a unit that has enough rows."""

    @abstractmethod
    def lost(self, unit: Unit) -> Floats:
        """Hours that each row lost to the cause, before what would be lost anyway is taken off."""

    @abstractmethod
    def words(self, unit: Unit, found: Measured) -> Words:
        """Say it; reads names."""

    def again(self, about: Mapping[str, Any], period: Period) -> Unit | None:
        """The same unit in another period, also after the change was made."""
        key = self.key_of(about)
        return next((unit for unit in self.read(period) if unit.key == key), None)

    @abstractmethod
    def key_of(self, about: Mapping[str, Any]) -> str:
        """The same for the same cause, in whatever run."""

    def known_as(self, about: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> str:  # noqa: ARG002
        """Its key, or that of the suggestion ({key: about}) that is about the same."""
        return self.key_of(about)

    def rows(self, unit: Unit) -> list[tuple[int, float]]:
        """(key of the subject, hours) of the rows to drill to, newest first among those that lost."""
        hours = self.lost(unit)
        order = np.argsort(-unit.at)
        losing = [int(i) for i in order if hours[i] > 0][:MANY]
        return [(int(unit["id"][i]), float(hours[i])) for i in losing]


def band(hours: float, effect: tuple[float, float, float], each: Floats) -> tuple[float, float]:
    """95 % of `hours`, a product of an effect (value, low, high) and the mean of `each`: the two
    relative errors, added as squares."""
    value, low, high = effect
    if value <= 0 or not each.size or float(each.mean()) <= 0:
        return min(hours, 0.0), max(hours, 0.0)
    error = Z * float(each.std()) / float(np.sqrt(each.size)) / float(each.mean())
    down, up = np.hypot((value - low) / value, error), np.hypot((high - value) / value, error)
    return hours * float(1 - down), hours * float(1 + up)


def percent(share: float, digits: int = 0) -> str:
    return f"{share * 100:.{digits}f} %"


def hours(value: float) -> str:
    return f"{value:,.1f} h"
