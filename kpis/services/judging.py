"""What people say about the figures, and who is told when one of them is a signal."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse

from journal import services as journal
from kpis import wording
from kpis.definitions import KPIS, MEASURES
from kpis.models import ALL, Note, Signal, Target, Watch
from kpis.queries.figures import overview
from kpis.queries.filters import Filters
from kpis.services.store import day_of
from notices.services import tell
from people.models import Team, User

WEEKS: Final = 26  # of history in which a signal is looked for
A_WEEK: Final = timedelta(days=7)
SEES: Final = "kpis.view_kpis"


@transaction.atomic
def set_target(
    measure: str, value: float, *, team_id: int, type_id: int, since: date, by: User, at: datetime
) -> Target:
    """From `since` on the measure should be `value` (seconds, a share of 1, or the plain figure)."""
    known = MEASURES[measure]
    target, _ = Target.objects.update_or_create(
        measure=known.name, team_id=team_id, type_id=type_id, since=since,
        defaults={"value": value, "set_by": by, "set_at": at},
    )  # fmt: skip
    data = {"measure": known.name, "value": value, "team": team_id, "type": type_id}
    journal.record("kpis.target.set", target, by=by, at=at, data=data)
    return target


@transaction.atomic
def remove_target(target: Target, *, by: User, at: datetime) -> None:
    journal.record("kpis.target.removed", target, by=by, at=at)
    target.delete()


@transaction.atomic
def write_note(words: str, *, day: date, kpi: str, team_id: int, by: User, at: datetime) -> Note:
    """Something of that day that may explain the figures; without a KPI it shows on all."""
    note = Note.objects.create(
        words=words, day=day, kpi=kpi, team_id=team_id, written_by=by, written_at=at
    )
    journal.record("kpis.note.written", note, by=by, at=at)
    return note


@transaction.atomic
def remove_note(note: Note, *, by: User, at: datetime) -> None:
    journal.record("kpis.note.removed", note, by=by, at=at)
    note.delete()


@transaction.atomic
def watch(user: User, *, kpi: str, team_id: int, at: datetime) -> None:
    """Tell `user` when the KPI (of the team, or of all) shows a signal."""
    row, fresh = Watch.objects.get_or_create(user=user, kpi=kpi, team_id=team_id)
    if fresh:
        journal.record("kpis.watch.begun", row, by=user, at=at)


@transaction.atomic
def unwatch(user: User, *, kpi: str, team_id: int, at: datetime) -> None:
    row = Watch.objects.filter(user=user, kpi=kpi, team_id=team_id).first()
    if row is not None:
        journal.record("kpis.watch.ended", row, by=user, at=at)
        row.delete()


def look_for_signals(*, at: datetime) -> int:
    """Judge the last whole week of every KPI, over all and by team; tell who watches, once.

    Returns how many signals are new.
    """
    monday = day_of(at) - timedelta(days=day_of(at).weekday())
    teams = [ALL, *Team.objects.order_by("pk").values_list("pk", flat=True)]
    return sum(_look(team, monday, at) for team in teams)


@transaction.atomic
def _look(team_id: int, monday: date, at: datetime) -> int:
    last = monday - A_WEEK
    team = None if team_id == ALL else team_id
    filters = Filters(monday - WEEKS * A_WEEK, monday - timedelta(days=1), team=team)
    fresh = 0
    for kpi, _, trend in overview(filters, today=monday):
        point = trend.points[-1]
        if not trend.reading.is_signal or point.value is None:
            continue
        signal, new = Signal.objects.get_or_create(
            kpi=kpi.slug, team_id=team_id, week=last,
            defaults={"value": point.value, "words": trend.reading.words, "found_at": at},
        )  # fmt: skip
        if new:
            fresh += 1
            _tell(signal, filters, at)
    return fresh


def _tell(signal: Signal, filters: Filters, at: datetime) -> None:
    kpi = KPIS[signal.kpi]
    head = kpi.measure(kpi.headline)
    whose = ""
    if signal.team_id != ALL:
        whose = f", {Team.objects.get(pk=signal.team_id).name}"
    link = f"{reverse('kpis:detail', args=[kpi.slug])}?{filters.query}"
    words = (
        f"{signal.words} {head.label} in the week of {signal.week:%-d %B}: "
        f"{wording.words(signal.value, head, filters)}."
    )
    watching = Watch.objects.filter(kpi=signal.kpi, team_id=signal.team_id).select_related("user")
    for one in watching.filter(user__is_active=True).order_by("pk"):
        if one.user.has_perm(SEES):
            tell(
                one.user, kind="kpi_signal", key=f"kpi-signal:{signal.pk}", at=at, body=words,
                subject=f"Signal: {kpi.title}{whose}", link=link, about=signal,
            )  # fmt: skip
