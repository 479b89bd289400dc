"""After a change of a working calendar, open promises are laid out in its new hours.

What is owed stands in rows: `people.CalendarVersion` is written in the transaction that changes
the calendar, and a version without a `Recalculation` is one nobody has worked on. So the sweep
finds its work by comparing two small tables. A follower over `people.calendar.changed` would find
the same, but only by reading every entry of the journal in between, on an old installation all of
them; and a door of people cannot call the desk, which lies above it.

A chunk of requests, the cursor behind it and the counts are one transaction, during which the row
of the run is locked. That lock is the lease: whoever dies lets go of it, and the next worker goes on
at the cursor. Each request carries the version that its promise is laid out in, so that none is
moved twice, whoever comes first: this sweep, or a step that a person takes (promises.catch_up).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from desk.models import Recalculation, SalesRequest
from desk.services import promises
from kit import bulk
from kit.business_time import BusinessTimeError
from people import calendars
from people.models import CalendarVersion

CHUNK: Final = 1000
# A request that was being submitted during the change may carry the old version: nobody takes that
# long, so a second look then finds it.
SECOND_LOOK: Final = timedelta(minutes=5)
_UPDATE: Final = """
WITH laid AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(due)s::timestamptz[], %(response)s::timestamptz[],
                         %(moved)s::boolean[]) AS l (id, due_at, response_due_at, moved)
), made AS (
    UPDATE desk_salesrequest r SET due_at = l.due_at, response_due_at = l.response_due_at,
        calendar_version = %(version)s,
        updated_at = CASE WHEN l.moved THEN clock_timestamp() ELSE r.updated_at END
    FROM laid l JOIN desk_salesrequest old ON old.id = l.id
    WHERE r.id = l.id
    RETURNING r.id, 'R-' || r.id || ' ' || r.subject AS name, r.account_id, l.moved,
        jsonb_strip_nulls(jsonb_build_object(
            'due', CASE WHEN old.due_at <> r.due_at
                THEN jsonb_build_array(old.due_at, r.due_at) END,
            'response_due', CASE WHEN old.response_due_at <> r.response_due_at
                THEN jsonb_build_array(old.response_due_at, r.response_due_at) END)) AS data
)
"""
_ENTRIES: Final = bulk.journal(
    "desk.salesrequest", "made.name", "made.account_id", "made", "desk.request.due_moved"
)


def recalculate_next(*, at: datetime) -> bool:
    """Do one chunk of what is owed; False when nothing is, or others are at it."""
    _ask_for_new()
    with transaction.atomic():
        rows = Recalculation.objects.owed(at).select_for_update(skip_locked=True, of=("self",))
        run = rows.order_by("pk").first()
        if run is None:
            return False
        try:
            with transaction.atomic():
                _chunk(run, at)
        except BusinessTimeError as refusal:
            run.refresh_from_db()
            run.status, run.problem = Recalculation.Status.REFUSED, str(refusal)[:500]
            run.finished_at, run.again_at = at, None
            run.save()
        return True


def _ask_for_new() -> None:
    """A run for every version that has ended and has none."""
    known = Recalculation.objects.filter(
        calendar=OuterRef("calendar"), version_to=OuterRef("version") + 1
    )
    ended = CalendarVersion.objects.exclude(Exists(known)).order_by("calendar", "version")
    Recalculation.objects.bulk_create(
        [
            Recalculation(
                calendar_id=old.calendar_id, version_from=old.version, version_to=old.version + 1,
                changed_at=old.ended_at, asked_by_id=old.ended_by_id,
            )
            for old in ended
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _chunk(run: Recalculation, at: datetime) -> None:
    """Lay out the next requests of the locked run, and say how far it is."""
    owed = _owed(run)
    if run.status == Recalculation.Status.WAITING:
        run.status, run.started_at, run.total = Recalculation.Status.RUNNING, at, owed.count()
    rows = list(owed.filter(pk__gt=run.cursor).order_by("pk").select_for_update()[:CHUNK])
    run.changed += _lay_out(run, rows, at)
    run.done += len(rows)
    if rows:
        run.cursor = rows[-1].pk
    if len(rows) < CHUNK:
        _finish(run, at)
    run.save()


def _owed(run: Recalculation) -> QuerySet[SalesRequest]:
    """Open requests by this calendar whose promises stand in an older version."""
    rows = SalesRequest.objects.open().filter(
        team__in=list(run.calendar.teams.values_list("pk", flat=True)),
        calendar_version__lt=run.version_to,
    )
    return rows.only(
        "due_at", "response_due_at", "first_response_at", "calendar_version"
    )  # the texts of a thousand requests are not needed


def _finish(run: Recalculation, at: datetime) -> None:
    """The end of a pass: the second one is the last."""
    first = run.status == Recalculation.Status.RUNNING
    run.status, run.cursor = Recalculation.Status.DONE, 0
    run.finished_at = at if first else run.finished_at
    run.again_at = at + SECOND_LOOK if first else None


def _lay_out(run: Recalculation, rows: Sequence[SalesRequest], at: datetime) -> int:
    """Move the promises of locked rows in one statement; returns how many moved."""
    if not rows:
        return 0

    @cache
    def since(version: int) -> Sequence[calendars.Change]:
        return calendars.changes(run.calendar_id, since=version, until=run.version_to)

    moved = [promises.lay_out(row, since(row.calendar_version)) for row in rows]
    values = bulk.actor(run.asked_by, at, "{}") | {
        "ids": [row.pk for row in rows], "due": [row.due_at for row in rows],
        "response": [row.response_due_at for row in rows], "moved": moved,
        "version": run.version_to,
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(_UPDATE + _ENTRIES + " WHERE made.moved", values)
    return sum(moved)
