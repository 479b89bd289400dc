"""What every kind of fact needs: reporting days, business time of teams, one way to be stored."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models

from kit.business_time import WorkingTime, whole_seconds
from kpis.definitions import measures_of
from kpis.services.rollups import Changed
from people import calendars
from people.models import Team


def day_of(at: datetime) -> date:
    """The day on which `at` lies in the reporting zone."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def reporting_day(at: datetime | None) -> date | None:
    """The same for what may not have happened yet."""
    return None if at is None else day_of(at)


class Hours:
    """Business time of teams, each calendar built once."""

    def __init__(self, team_ids: Iterable[int | None]) -> None:
        ids = {pk for pk in team_ids if pk}
        teams = Team.objects.filter(pk__in=ids).select_related("calendar")
        self._of: dict[int, WorkingTime] = {t.pk: calendars.for_team(t) for t in teams}

    def between(self, team_id: int | None, start: datetime, end: datetime) -> int:
        """Business seconds of the team; of no team: calendar seconds, nobody said when it works."""
        if end <= start:
            return 0
        hours = self._of.get(team_id or 0)
        return whole_seconds(start, end) if hours is None else hours.seconds_between(start, end)


def store(model: type[models.Model], ids: Collection[int], facts: Sequence[Any]) -> list[Changed]:
    """Replace the facts of `ids` by `facts`; returns the days that either stood on, to be counted
    again."""
    pk = model._meta.pk.name
    columns = sorted({m.day for m in measures_of(model)})
    days: dict[str, set[date]] = defaultdict(set)
    manager = model._default_manager
    for row in manager.filter(pk__in=ids).values(*columns):
        _note(days, row)
    kept = {fact.pk for fact in facts}
    gone = set(ids) - kept
    if gone:
        manager.filter(pk__in=gone).delete()
    fields = [f.name for f in model._meta.concrete_fields if f.name != pk]
    manager.bulk_create(
        facts, batch_size=1000, update_conflicts=True, unique_fields=[pk], update_fields=fields
    )
    for fact in facts:
        _note(days, {c: getattr(fact, c) for c in columns})
    return [(model, days)]


def plain(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """`.values()` rows as plain dictionaries."""
    return [dict(row) for row in rows]


def _note(days: dict[str, set[date]], row: dict[str, Any]) -> None:
    for column, day in row.items():
        if day is not None:
            days[column].add(day)
