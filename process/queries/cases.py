"""Cases behind a figure, and the timeline of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet

from kit.pages import Page, keyset_page
from process.models import Case, EventLog, Step
from process.queries.filters import Filters, cases
from process.queries.graph import END, START

COLUMNS: Final = (
    "id", "key", "subject_id", "team_id", "type_id", "started_at", "ended_at", "steps", "rework",
    "is_open", "seconds", "business_seconds", "variant_id",
)  # fmt: skip
SORTS: Final = {"newest": ("-started_at", "-id"), "longest": ("-seconds", "-id")}


@dataclass(frozen=True)
class Wanted:
    """Which of the selected cases: those of variants, with a step or a way from one to another, with
    rework, open ones."""

    variants: tuple[int, ...] | None = None
    node: int | None = None
    edge: tuple[int, int] | None = None
    rework: bool = False
    open: bool = False
    finished: bool = False
    sort: str = "newest"


def page(log: EventLog, filters: Filters, wanted: Wanted, *, after: str, size: int = 50) -> Page:
    """One keyset page of cases."""
    rows = _where(cases(log, filters), log, wanted).values(*COLUMNS)
    return keyset_page(rows, keys=SORTS[wanted.sort], after=after, size=size)


def _where(rows: QuerySet[Case], log: EventLog, wanted: Wanted) -> QuerySet[Case]:
    if wanted.variants is not None:
        rows = rows.filter(variant__in=wanted.variants)
    if wanted.rework:
        rows = rows.filter(rework=True)
    if wanted.open:
        rows = rows.filter(is_open=True)
    if wanted.finished:
        rows = rows.filter(is_open=False)
    if wanted.node is not None:
        rows = rows.filter(_having(log, activity=wanted.node))
    if wanted.edge is not None:
        rows = _on_edge(rows, log, *wanted.edge)
    return rows


def _on_edge(rows: QuerySet[Case], log: EventLog, source: int, target: int) -> QuerySet[Case]:
    if source == START:
        return rows.filter(variant__activities__0=target)
    after = None if target == END else target
    return rows.filter(_having(log, activity=source, next_activity=after))


def _having(log: EventLog, **step: int | None) -> Exists:
    return Exists(Step.objects.filter(log=log, case=OuterRef("pk"), **step))


def timeline(case: Case) -> list[Mapping[str, Any]]:
    """The steps of a case in their order."""
    rows = Step.objects.filter(case=case).order_by("place")
    return list(
        rows.values("place", "at", "activity__name", "resource", "party", "wait", "business_wait")
    )
