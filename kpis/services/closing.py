"""Months are closed ten days after their end; what changes them later is restated, never hidden."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Min

from journal import pages
from journal.models import Entry
from kpis.definitions import CLOSED_AFTER_DAYS, MEASURES, Measure
from kpis.models import Frozen, LateFact, Restatement, Rollup
from kpis.queries.months import Cell, figures_of
from kpis.services.store import Changed, day_of

AT_ONCE: Final = 24  # months that one wake-up closes
BITE: Final = 20_000  # late facts that one wake-up takes up
NAMED: Final = 3  # reasons that a restatement names
ABOUT: Final[Mapping[str, tuple[str, str]]] = {
    "requestfact": ("request", "requests"), "orderfact": ("order", "orders"),
    "issuefact": ("order issue", "order issues"), "quotefact": ("quote", "quotes"),
    "turnfact": ("question", "questions"), "meetingfact": ("meeting", "meetings"),
}  # fmt: skip


def close_months(*, at: datetime) -> int:
    """Write down what every measure was in each month whose ten days are over; returns how many
    months. A month is closed once."""
    closed = 0
    for month in _ripe(day_of(at))[:AT_ONCE]:
        with transaction.atomic():
            _close(month, at)
        closed += 1
    return closed


def _ripe(today: date) -> list[date]:
    first = Rollup.objects.aggregate(first=Min("day"))["first"]
    done = set(Frozen.objects.values_list("month", flat=True).distinct())
    months = []
    month = None if first is None else first.replace(day=1)
    while month is not None and next_month(month) + timedelta(days=CLOSED_AFTER_DAYS) <= today:
        if month not in done:
            months.append(month)
        month = next_month(month)
    return months


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _close(month: date, at: datetime) -> None:
    rows = [
        Frozen(
            measure=measure.name, month=month, team_id=team, type_id=kind,
            version=measure.version, figures=figures, frozen_at=at,
        )
        for measure in MEASURES.values()
        for (team, kind), figures in figures_of(measure, month, next_month(month)).items()
    ]  # fmt: skip
    Frozen.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def note_late(changes: Iterable[Changed], entries: Sequence[Entry], *, at: datetime) -> None:
    """Remember which facts of closed months changed, and what happened to them."""
    changes = [change for change in changes if change.moved]
    if not changes:
        return
    closed = set(Frozen.objects.values_list("month", flat=True).distinct())
    if not closed:
        return
    actions = {(e.subject_type, e.subject_id): e.action for e in entries}
    rows = []
    for change in changes:
        name = change.facts._meta.model_name or ""
        subject = _SUBJECTS.get(name, "")
        for pk, days in change.moved.items():
            rows += [
                LateFact(
                    month=month, facts=name, fact_id=pk, at=at,
                    action=actions.get((subject, pk), ""),
                )
                for month in {day.replace(day=1) for day in days} & closed
            ]  # fmt: skip
    LateFact.objects.bulk_create(rows, batch_size=1000)


_SUBJECTS: Final = {
    "requestfact": "desk.salesrequest", "orderfact": "orders.order", "turnfact": "comms.turn",
    "issuefact": "orders.orderissue", "quotefact": "orders.quotefamily",
    "meetingfact": "meetings.meeting",
}  # fmt: skip


@transaction.atomic
def restate(*, at: datetime) -> int:
    """Compare the closed months that late facts touched with what they say now; returns how many
    figures were restated. A pile of late facts (an import of old orders) is worked off in bites."""
    untold = LateFact.objects.select_for_update(skip_locked=True).filter(told=False)
    late = untold.order_by("month", "pk")[:BITE]
    by_month: dict[date, list[LateFact]] = defaultdict(list)
    for fact in late:
        by_month[fact.month].append(fact)
    found = [r for month, facts in by_month.items() for r in _restated(month, facts, at)]
    Restatement.objects.bulk_create(found, batch_size=1000)
    LateFact.objects.filter(
        pk__in=[fact.pk for facts in by_month.values() for fact in facts]
    ).update(told=True)
    return len(found)


def _restated(month: date, late: Sequence[LateFact], at: datetime) -> list[Restatement]:
    rows = Frozen.objects.filter(month=month).prefetch_related("restatements")
    kept: dict[str, list[Frozen]] = defaultdict(list)
    for row in rows:
        kept[row.measure].append(row)
    found = []
    for name, frozen in kept.items():
        measure = MEASURES.get(name)
        if measure is None or not _touches(measure, late):
            continue
        now = figures_of(measure, month, next_month(month))
        why = _why(measure, late)
        found += [r for row in frozen if (r := _one(row, measure, now, why, at))]
    return found


def _touches(measure: Measure, late: Iterable[LateFact]) -> bool:
    return any(fact.facts in {measure.facts._meta.model_name, ""} for fact in late)


def _one(
    row: Frozen, measure: Measure, now: Mapping[Cell, dict[str, Any]], why: str, at: datetime
) -> Restatement | None:
    """None: it says what it said, or the definition is another one now."""
    last = max(row.restatements.all(), key=lambda r: (r.at, r.pk), default=None)
    was = row.figures if last is None else last.now
    figures = now.get((row.team_id, row.type_id), {"n": 0})
    if row.version != measure.version or figures == was:
        return None
    return Restatement(frozen=row, was=was, now=figures, why=why, at=at)


def _why(measure: Measure, late: Sequence[LateFact]) -> str:
    """3 requests changed after the month was closed: Resolved (2), Reopened."""
    name = measure.facts._meta.model_name or ""
    mine = [fact for fact in late if fact.facts == name]
    if not mine:
        return "Everything was counted again from the records."
    many = len({fact.fact_id for fact in mine})
    one, more = ABOUT[name]
    text = f"{many} {one if many == 1 else more} changed after the month was closed"
    reasons = Counter(pages.words(fact.action) for fact in mine if fact.action).most_common(NAMED)
    if reasons:
        text += ": " + ", ".join(f"{word} ({n})" if n > 1 else word for word, n in reasons)
    return f"{text}."[:500]
