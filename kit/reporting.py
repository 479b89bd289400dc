"""Parts of reports: what an app can say about a period to somebody, as figures, charts and lines.

An app offers `Part`s in a tuple that settings.REPORT_PARTS names. A part reads a `Scope` and gives
one `Block`; blocks are kept as JSON, drawn on a page, on paper and in a mail, so that an edition
says a year later what it said. Everything in a block is words already, but for `values`, which are
compared with today's figures, and the points of a chart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol

from django import forms

from kit.briefing import Line, Section, section_of
from kit.moments import begin_of

A_DAY: Final = timedelta(days=1)
TREND, BARS, CUSTODY, HISTOGRAM = "trend", "bars", "custody", "histogram"


class Reader(Protocol):
    """Whose eyes a part reads with."""

    pk: Any

    def has_perm(self, perm: str) -> bool: ...


@dataclass(frozen=True)
class Scope:
    """Of which days (both inclusive, those of `zone`), which team, about whom, for whom.

    `reader` decides what may be seen; `person` is whom a report of somebody's own work is about.
    The period before is as long and ends the day before this one.
    """

    reader: Any
    start: date
    end: date
    zone: str
    now: datetime
    team: int | None = None
    person: Any = None
    compare: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    # What parts of one report read alike: shared by copies of the scope, gone with them.
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Any, read: Callable[[], Any]) -> Any:
        """What `read` gives, read once for all parts of a report; `key` holds all that it depends on."""
        if key not in self.memo:
            self.memo[key] = read()
        return self.memo[key]

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def before(self) -> tuple[date, date]:
        return self.start - timedelta(days=self.days), self.start - A_DAY

    @property
    def start_at(self) -> datetime:
        return begin_of(self.start, self.zone)

    @property
    def until_at(self) -> datetime:
        """The first moment after the period."""
        return begin_of(self.end + A_DAY, self.zone)


@dataclass(frozen=True)
class Tile:
    """One headline. `better` colours the change; `spark` is drawn beside it; `url` is a path."""

    label: str
    value: str
    note: str = ""
    change: str = ""
    better: bool | None = None
    spark: Sequence[float | None] = ()
    verdict: str = ""
    signal: bool = False
    url: str = ""


@dataclass(frozen=True)
class Chart:
    """`kind` is trend, bars, custody or histogram; `points` are those of kit.charts: {label, value, n,
    signal}, or {label, n, parts} for custody. `unit` is one of kit.charts.show."""

    kind: str
    title: str
    points: Sequence[Mapping[str, Any]]
    unit: str = "number"
    mean: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Table:
    """`right` says which columns hold numbers; `urls` are paths of the first cells ("" for none);
    `strong` says that the last row is a sum."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[bool] = ()
    urls: Sequence[str] = ()
    strong: bool = False


@dataclass(frozen=True)
class Value:
    """A figure of the period that late facts can change: compared with today's under its key."""

    key: str
    label: str
    value: float | None
    words: str


@dataclass(frozen=True)
class Block:
    """What a part says. `note` stands under it: n, the definition, the clock; `text` is markdown.

    `url` is the path of the page that says more. What is of this moment rather than of the period
    (what is open now) has no `values`.
    """

    title: str
    tiles: Sequence[Tile] = ()
    chart: Chart | None = None
    table: Table | None = None
    lines: Sequence[Line] = ()
    text: str = ""
    note: str = ""
    empty: str = "Nothing in this period."
    url: str = ""
    values: Sequence[Value] = ()
    broken: bool = False

    @property
    def says_something(self) -> bool:
        rows = self.table.rows if self.table else ()
        points = self.chart.points if self.chart else ()
        return bool(self.tiles or points or rows or self.lines or self.text)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def block_of(kept: Mapping[str, Any]) -> Block:
    """The block that `as_json` gave."""
    chart, table = kept.get("chart"), kept.get("table")
    return Block(**{
        **kept,
        "tiles": [Tile(**one) for one in kept.get("tiles", ())],
        "chart": Chart(**chart) if chart else None,
        "table": Table(**table) if table else None,
        "lines": [Line(**one) for one in kept.get("lines", ())],
        "values": [Value(**one) for one in kept.get("values", ())],
    })  # fmt: skip


def of_section(section: Section | Mapping[str, Any]) -> Block:
    """A section of kit.briefing as a block, for parts that are told before meetings as well."""
    one = section if isinstance(section, Section) else section_of(section)
    bars = [{"label": f.label, "value": f.value} for f in one.figures]
    chart = Chart(BARS, one.title, bars, "money") if any(f.value for f in one.figures) else None
    return Block(
        one.title, chart=chart, lines=one.lines, empty=one.empty, broken=one.broken,
        note=f"Amounts in {one.currency}." if chart and one.currency else "",
    )  # fmt: skip


class Options(forms.Form):
    """What can be chosen for a block; what it cleans to is kept as JSON."""


@dataclass(frozen=True)
class Part:
    """Something a report can say. `permission` is what its reader needs ("" for nothing).

    `rows`: it names records, of which each reader sees her own; `own`: it is about one person;
    `options` makes the form of its options (`data`, `initial`); `read` must not write.
    """

    key: str
    label: str
    about: str
    icon: str
    read: Callable[[Scope], Block]
    permission: str = ""
    group: str = "Other"
    options: type[Options] = Options
    rows: bool = False
    own: bool = False
