"""What a list of records is made of: columns, filters, orders. `listings` says them for each kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from crm.models import CustomField, Stage
from people.models import User

LONGEST_KEY: Final = 18
LONGEST_WORDS: Final = 100
LARGEST: Final = Decimal(10) ** 15
FIRST_YEAR, LAST_YEAR = 1900, 2200
MONTHS: Final = 12
Rows = QuerySet[Any, Any]


@dataclass(frozen=True)
class View:
    """A saved view that a reader may open."""

    pk: int
    name: str
    query: str
    owner: str
    mine: bool


@dataclass(frozen=True)
class Known:
    """The few things that filters and columns name, read once for a page."""

    user: User
    now: datetime
    people: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[int, str] = field(default_factory=dict)
    territories: Mapping[int, str] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    customs: tuple[CustomField, ...] = ()
    views: tuple[View, ...] = ()

    @property
    def today(self) -> date:
        return timezone.localtime(self.now).date()

    @property
    def pipelines(self) -> dict[int, str]:
        return {stage.pipeline_id: stage.pipeline.name for stage in self.stages}

    @property
    def stage_names(self) -> dict[int, str]:
        """Stages by name; with the pipeline before it when there are several."""
        several = len(self.pipelines) > 1
        return {
            stage.pk: f"{stage.pipeline.name}: {stage.name}" if several else stage.name
            for stage in self.stages
        }


@dataclass(frozen=True)
class Column:
    """One column: where its value stands, how it is shown, the order its heading gives, the field
    that its cell changes."""

    name: str
    label: str
    path: str
    shown: str = "text"
    needs: tuple[str, ...] = ()
    words: Mapping[Any, str] = field(default_factory=dict)
    order: str = ""
    edit: str = ""
    css: str = "x"
    custom: CustomField | None = None


@dataclass(frozen=True)
class Filter:
    """One filter of the address. `kind` says how it is read and asked:

    choice, key (a row of ours), person (me, none, a key), words (exactly these), fixed (choices that
    are conditions), amount (…_min, …_max), day (a span by name, or …_from and …_to), custom.
    """

    name: str
    label: str
    kind: str
    path: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    options: str = ""  # the attribute of Known that holds the choices of a key
    conditions: Mapping[str, Callable[[Known], Q]] = field(default_factory=dict)
    is_moment: bool = False
    custom: CustomField | None = None

    @property
    def is_link(self) -> bool:
        """Whether only links say it: a key that has no choices, such as all contacts of an account."""
        return self.kind == "key" and not self.options

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters of the address that belong to it."""
        ends = {"amount": ("_min", "_max"), "day": ("", "_from", "_to")}.get(self.kind, ("",))
        return tuple(f"{self.name}{end}" for end in ends)


@dataclass(frozen=True)
class Order:
    """An order of rows, by a column without gaps; `empty` stands where it has some."""

    label: str
    path: str
    down: bool = False
    empty: Any = None


@dataclass(frozen=True)
class Seek:
    """The search of a list: its words for people, and how rows are found (None: by name): those of a
    page, and narrowed for whoever reads all of them."""

    label: str = "Search the names"
    hint: str = "Part of a name"
    chip: str = "Name has"
    none: str = "Nothing has that in its name"
    help: str = "Three letters or more search inside names; fewer match the beginning."
    find: Callable[[Rows, str], Rows] | None = None
    narrow: Callable[[Rows, str], Rows] | None = None


NAME: Final = Column("name", "Name", "name")
NAMES: Final = Seek()


@dataclass(frozen=True)
class Listing:
    """The list of one kind of record. `news` is (what the last changes are found by, what tells that
    one of them changed again)."""

    kind: str
    title: str
    one: str
    about: str
    icon: str
    url: str
    page: str
    page_key: str
    model: type[Any]
    columns: tuple[Column, ...]
    usual: tuple[str, ...]
    filters: tuple[Filter, ...]
    orders: Mapping[str, Order]
    usual_order: str
    shipped: tuple[tuple[str, str], ...]
    base: Callable[[Rows, Mapping[str, str]], Rows]  # which rows there are before any filter
    needs: tuple[str, ...] = ()
    head: Column = NAME
    seek: Seek = NAMES
    news: tuple[str, str] = ("updated_at", "updated_at")
    is_history: bool = False  # what happened is not changed in lists, whoever asks

    def may(self, user: User, verb: str) -> bool:
        if self.is_history and verb == "change":
            return False
        return user.has_perm(f"crm.{verb}_{self.kind}")

    @property
    def plural(self) -> str:
        """What the list is called in addresses and among the exports."""
        return self.url.partition(":")[2]


# ── reading the address: what it cannot mean is nothing ──
def key_of(text: str) -> int | None:
    fits = text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY
    return int(text) if fits else None


def day_of(text: str) -> date | None:
    try:
        on = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return on if FIRST_YEAR <= on.year <= LAST_YEAR else None


def amount_of(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.strip()[:40])
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < LARGEST else None


SPANS: Final[Mapping[str, str]] = {
    "past": "Before today", "today": "Today", "week": "This week", "month": "This month",
    "next_month": "Next month", "quarter": "This quarter", "last30": "In the last 30 days",
    "last7": "In the last 7 days", "none": "None",
}  # fmt: skip


def span_of(name: str, today: date) -> tuple[date | None, date | None]:
    """The first and the last day of a named span; None is open."""
    first = today.replace(day=1)
    quarter = first.replace(month=(first.month - 1) // 3 * 3 + 1)
    spans = {
        "past": (None, today - timedelta(1)), "today": (today, today),
        "week": (today - timedelta(today.weekday()), today + timedelta(6 - today.weekday())),
        "month": (first, _months(first, 1) - timedelta(1)),
        "next_month": (_months(first, 1), _months(first, 2) - timedelta(1)),
        "quarter": (quarter, _months(quarter, 3) - timedelta(1)),
        "last30": (today - timedelta(30), today), "last7": (today - timedelta(7), today),
    }  # fmt: skip
    return spans[name]


def _months(first: date, more: int) -> date:
    month = first.month - 1 + more
    return first.replace(year=first.year + month // MONTHS, month=month % MONTHS + 1)
