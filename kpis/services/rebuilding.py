"""Count everything again from the rows, and say what differs from what the follower had kept."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from django.apps import apps
from django.db import connection, models, transaction

from journal.models import Cursor
from kpis.definitions import MEASURES
from kpis.models import (
    Frozen,
    IssueFact,
    LateFact,
    MeetingFact,
    OrderFact,
    QuoteFact,
    RequestFact,
    Rollup,
    TurnFact,
)
from kpis.services import rollups
from kpis.services.following import BATCH, FOLLOWER, refreshers

FACTS: Final = (RequestFact, OrderFact, IssueFact, QuoteFact, TurnFact, MeetingFact)
Tell = Callable[[str, int, int], None]  # kind of record, how many are done, of how many


def _silent(_what: str, _done: int, _total: int) -> None:
    """Nobody wants to know."""


@transaction.atomic
def rebuild(*, at: datetime, tell: Tell = _silent) -> int:
    """Clear all facts and rollups and count them from the rows again, while the follower waits.

    Returns how many facts and rollup cells differ from those that stood before: 0 proves the
    follower right to the last digit (when it was up to date).
    """
    Cursor.objects.get_or_create(name=FOLLOWER)
    Cursor.objects.select_for_update().get(name=FOLLOWER)
    tables = [model._meta.db_table for model in (*FACTS, Rollup)]
    with connection.cursor() as sql:
        for table in tables:
            sql.execute(f"DROP TABLE IF EXISTS before_{table}")
            sql.execute(f"CREATE TEMP TABLE before_{table} ON COMMIT DROP AS TABLE {table}")
        sql.execute("TRUNCATE " + ", ".join(tables))
    for subject, refresh in refreshers(at).items():
        model = apps.get_model(subject)
        total, done = model._default_manager.count(), 0
        for ids in _batches(model):
            refresh(ids)
            done += len(ids)
            tell(subject, done, total)
    for facts in FACTS:
        rollups.rebuild(facts)
    differing = sum(_differences(model) for model in (*FACTS, Rollup))
    if differing:
        _look_at_closed_months(at)
    return differing


def _batches(model: type[models.Model]) -> Iterator[list[int]]:
    last = 0
    while True:
        rows = model._default_manager.filter(pk__gt=last).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        yield ids
        last = ids[-1]


def _differences(model: type[models.Model]) -> int:
    """Rows of `model` that only one of before and now has; cells of measures of old do not count."""
    table = model._meta.db_table
    fields = [f for f in model._meta.concrete_fields if model is not Rollup or not f.primary_key]
    columns = ", ".join(f.attname for f in fields)
    known = "WHERE measure = ANY(%(known)s)" if model is Rollup else ""
    with connection.cursor() as sql:
        sql.execute(
            f"""SELECT count(*) FROM (
                (SELECT {columns} FROM before_{table} {known} EXCEPT SELECT {columns} FROM {table})
                UNION ALL
                (SELECT {columns} FROM {table} EXCEPT SELECT {columns} FROM before_{table})
            ) AS differing""",  # noqa: S608 - table and columns of our own models
            {"known": list(MEASURES)},
        )
        return int(sql.fetchone()[0])


def _look_at_closed_months(at: datetime) -> None:
    months = Frozen.objects.values_list("month", flat=True).distinct()
    LateFact.objects.bulk_create(
        LateFact(month=month, facts="", fact_id=0, action="kpis.rebuilt", at=at) for month in months
    )
