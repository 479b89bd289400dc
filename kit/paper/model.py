"""What stands on a paper: plain texts, formatted already; no models, no money, no decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Company:
    """Who sends it. `details` stand in the foot of every page: bank, tax and register numbers."""

    name: str
    address: Sequence[str] = ()
    details: Sequence[str] = ()


@dataclass(frozen=True)
class Column:
    """A column of the table: its key in a row, what it is called, its width in points (0: what is
    left), and whether it holds numbers."""

    key: str
    label: str
    width: float
    right: bool = False


@dataclass(frozen=True)
class Total:
    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True)
class Paper:
    """A quote, a confirmation, a pick list, a delivery note, an invoice: the same page.

    A row maps column keys to texts; "detail" of a row stands below its text in small.
    """

    title: str
    number: str
    company: Company
    to: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[dict[str, str]]
    ship_to: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    intro: str = ""
    totals: Sequence[Total] = ()
    notes: Sequence[tuple[str, str]] = field(default=())
    mark: str = ""
