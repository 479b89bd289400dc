"""Who hands over to whom: people or parties, as a matrix; and whom the waits are charged to."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from django.db.models import Count, Sum

from people.models import Party
from process.models import EventLog
from process.queries.cache import remember
from process.queries.filters import Filters, Percentiles, cases, steps

Between = Literal["people", "parties"]
SHOWN: Final = 14
OTHERS: Final = "Others"
NOBODY: Final = "Nobody named"
COLUMNS: Final = {"people": ("resource", "next_resource"), "parties": ("party", "next_party")}


@dataclass(frozen=True)
class Cell:
    """`n` times the next step was somebody's; mean wait until then, in seconds."""

    n: int
    calendar: float
    business: float
    level: int  # 0 to 4, by how often

    def mean(self, clock: str) -> float:
        return self.calendar if clock == "calendar" else self.business


@dataclass(frozen=True)
class Matrix:
    """Rows hand over, columns take; the diagonal stays with the same."""

    labels: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    handovers: int
    stayed: int
    cases: int

    @property
    def per_case(self) -> float:
        return self.handovers / self.cases if self.cases else 0.0


@dataclass(frozen=True)
class Share:
    """What waits on one party: in all, and the median of a single wait; seconds."""

    party: str
    label: str
    waits: int
    calendar: float
    business: float
    calendar_median: float
    business_median: float

    def total(self, clock: str) -> float:
        return self.calendar if clock == "calendar" else self.business

    def median(self, clock: str) -> float:
        return self.calendar_median if clock == "calendar" else self.business_median


@dataclass(frozen=True)
class Waiting:
    """Every second between the first step and the last of every case, charged to one side."""

    by: str  # party or person
    shares: tuple[Share, ...]
    cases: int


def matrix(log: EventLog, filters: Filters, between: Between) -> Matrix:
    return remember(log, f"handovers-{between}", filters.selection,
                    lambda: _matrix(log, filters, between))  # fmt: skip


def waiting(log: EventLog, filters: Filters) -> Waiting:
    return remember(log, "waiting", filters.selection, lambda: _waiting(log, filters))


def _matrix(log: EventLog, filters: Filters, between: Between) -> Matrix:
    name = party_label if between == "parties" else _person
    links: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    found = (
        steps(log, filters)
        .filter(next_activity__isnull=False)
        .values_list(*COLUMNS[between])
        .annotate(n=Count("*"), wait_sum=Sum("wait"), business_sum=Sum("business_wait"))
    )
    rows = [(name(a), name(b), n, wait, business) for a, b, n, wait, business in found]
    stayed = sum(n for a, b, n, _, _ in rows if a == b)
    labels = _labels((a, b, n) for a, b, n, _, _ in rows)
    for a, b, n, wait, business in rows:
        link = links[a if a in labels else OTHERS, b if b in labels else OTHERS]
        link[0], link[1], link[2] = link[0] + n, link[1] + wait, link[2] + business
    if any(OTHERS in pair for pair in links):
        labels = (*labels, OTHERS)
    most = max((link[0] for (a, b), link in links.items() if a != b), default=1)
    return Matrix(
        labels,
        tuple((a, tuple(_cell(links.get((a, b)), most) for b in labels)) for a in labels),
        sum(n for _, _, n, _, _ in rows) - stayed, stayed, cases(log, filters).count(),
    )  # fmt: skip


def _labels(rows: Iterable[tuple[str, str, int]]) -> tuple[str, ...]:
    """Those who hand over or take most often."""
    often: dict[str, int] = defaultdict(int)
    for a, b, n in rows:
        often[a] += n
        often[b] += n
    return tuple(sorted(often, key=lambda name: (-often[name], name))[:SHOWN])


def _cell(link: list[float] | None, most: float) -> Cell | None:
    if link is None:
        return None
    n, calendar, business = link
    return Cell(int(n), calendar / n, business / n, min(4, int(5 * n / most)))


def _waiting(log: EventLog, filters: Filters) -> Waiting:
    rows = steps(log, filters).filter(next_activity__isnull=False)
    by: str = "party" if rows.exclude(party="").exists() else "resource"
    name: Callable[[str], str] = party_label if by == "party" else _person
    found = (
        rows.values_list(by)
        .annotate(
            n=Count("*"), wait_sum=Sum("wait"), business_sum=Sum("business_wait"),
            wait_middle=Percentiles("wait"), business_middle=Percentiles("business_wait"),
        )
        .order_by("-wait_sum", by)
    )  # fmt: skip
    shares = tuple(
        Share(who, name(who), n, calendar, business, middle[0], business_middle[0])
        for who, n, calendar, business, middle, business_middle in found
    )
    return Waiting(by, shares, cases(log, filters).count())


def party_label(party: str) -> str:
    return str(Party(party).label) if party in Party.values else NOBODY


def _person(name: str) -> str:
    return name or NOBODY
