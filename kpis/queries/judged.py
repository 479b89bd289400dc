"""What people said about the figures, and what closed months said: targets, notes, restatements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q

from kpis.definitions import Kpi, Measure
from kpis.models import ALL, Frozen, Note, Restatement, Signal, Target, Watch
from kpis.queries.filters import Filters
from people.models import User


@dataclass(frozen=True)
class Closed:
    """A month as it was closed, and as it stands now."""

    frozen: Frozen
    was: dict[str, Any]
    now: dict[str, Any]
    restatements: list[Restatement]


def target_of(measure: Measure, filters: Filters) -> Target | None:
    """The target in force at the end of the period: the narrowest, then the newest."""
    return _narrowest(_targets([measure.name], filters))


def targets_of(measures: Sequence[Measure], filters: Filters) -> dict[str, Target]:
    """The same for several measures, in one query."""
    rows = _targets([m.name for m in measures], filters)
    found = {m.name: _narrowest([r for r in rows if r.measure == m.name]) for m in measures}
    return {name: target for name, target in found.items() if target is not None}


def _targets(names: Sequence[str], filters: Filters) -> list[Target]:
    teams, types = {ALL, filters.team_cell}, {ALL, filters.type_cell}
    rows = Target.objects.filter(
        measure__in=names, team_id__in=teams, type_id__in=types, since__lte=filters.end
    )
    return list(rows.select_related("set_by"))


def _narrowest(rows: Sequence[Target]) -> Target | None:
    def rank(row: Target) -> tuple[bool, bool, Any]:
        return (row.team_id != ALL, row.type_id != ALL, row.since)

    return max(rows, key=rank, default=None)


def met(measure: Measure, value: float | None, target: Target | None) -> bool | None:
    """Whether `value` reaches the target; None when there is nothing to compare."""
    if value is None or target is None:
        return None
    return value <= target.value if measure.better == "low" else value >= target.value


def notes_of(kpi: Kpi | None, filters: Filters) -> list[Note]:
    """Notes of the days of the period, of this KPI and of all."""
    whose = {ALL, filters.team_cell}
    kinds = Q() if kpi is None else Q(kpi__in=["", kpi.slug])
    rows = Note.objects.filter(kinds, day__range=(filters.start, filters.end), team_id__in=whose)
    return list(rows.select_related("written_by").order_by("day", "pk"))


def signals_of(kpi: Kpi, filters: Filters) -> list[Signal]:
    """Weeks of the period that were signals, newest first."""
    rows = Signal.objects.filter(
        kpi=kpi.slug, team_id=filters.team_cell,
        week__range=(filters.start, filters.end),
    )  # fmt: skip
    return list(rows.order_by("-week"))


def is_watched(user: User, kpi: Kpi, filters: Filters) -> bool:
    rows = Watch.objects.filter(user=user, kpi=kpi.slug, team_id=filters.team_cell)
    return rows.exists()


def closed_months(measure: Measure, filters: Filters) -> list[Closed]:
    """Closed months that the period touches, newest first, with what restated them."""
    restated = Prefetch("restatements", Restatement.objects.order_by("at", "pk"))
    rows = Frozen.objects.filter(
        measure=measure.name, month__range=(filters.start.replace(day=1), filters.end),
        team_id=filters.team_cell,
        type_id=filters.type_cell,
    ).prefetch_related(restated)  # fmt: skip
    return [_closed(row) for row in rows.order_by("-month")]


def _closed(row: Frozen) -> Closed:
    again = list(row.restatements.all())
    return Closed(row, row.figures, again[-1].now if again else row.figures, again)
