"""One import, from the file to the log: checked only, or written.

Reading changes nothing but what is kept about the import; the writing is one transaction, in which the
import is marked as done too. A worker that dies in between has written nothing, and another begins anew.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import Error as DatabaseError
from django.db import transaction
from django.utils import timezone

from desk.models import RequestType
from journal import services as journal
from kit import bulk
from people.models import Team
from process.importing import staging, whole
from process.importing.mapping import Map
from process.importing.models import LogImport, LogImportProblem
from process.importing.refusals import LogRefused
from process.importing.rows import Names
from process.importing.source import Source
from process.models import EventLog
from process.services import store
from process.services.store import NameTaken

Told = Callable[[LogImport], None]
Status, Phase, Goal = LogImport.Status, LogImport.Phase, LogImport.Goal
# Renewed with every batch; while the log is written its row is locked, so nobody claims it then.
LEASE: Final = timedelta(minutes=3)


class Lost(Exception):
    """Another worker has taken the import over."""


class Cancelled(Exception):
    """Somebody stopped the import."""


def perform(
    run: LogImport, source: Source, how: Map, *, at: datetime, told: Told | None = None
) -> None:
    """Read and check the file, and write the log if that is the goal; the import says what became of it.

    :param told: called after every few thousand rows, for whoever watches.
    :raises Lost: when its lease ran out and another worker has it.
    """
    LogImportProblem.objects.filter(log_import=run).delete()
    say(run, phase=Phase.READING, rows_read=0, rows_bad=0, rows_left_out=0, cases=0, events=0,
        activities=0, found={})  # fmt: skip
    try:
        staging.create()
        _stage(run, source, how, told)
        _end(run, at=at)
    except (LogRefused, NameTaken) as refusal:
        finish(run, Status.REFUSED, problem=str(refusal), at=at)
    except Cancelled:
        finish(run, Status.CANCELLED, problem="Stopped. Nothing was changed.", at=at)
    finally:
        _clean_up()


def _clean_up() -> None:
    try:
        staging.drop()
    except DatabaseError:
        return  # the session is gone, and its temporary tables with it


def _stage(run: LogImport, source: Source, how: Map, told: Told | None) -> None:
    def progress(rows: int, bad: int) -> None:
        say(run, rows_read=run.rows_read + rows, rows_bad=run.rows_bad + bad,
            lease_until=timezone.now() + LEASE)  # fmt: skip
        if told is not None:
            told(run)

    staging.fill(run, source, how, known=_known(), progress=progress)
    say(run, phase=Phase.SORTING, lease_until=timezone.now() + LEASE)
    left_out = staging.settle(how)
    say(run, rows_left_out=left_out, **staging.counts(), lease_until=timezone.now() + LEASE)


def _end(run: LogImport, *, at: datetime) -> None:
    if not run.events:
        raise LogRefused("The file has no event that can be taken." + _why_none(run))
    if run.goal == Goal.CHECK:
        finish(run, Status.CHECKED, at=at)
        return
    if run.rows_bad and not run.good_rows_only:
        raise LogRefused(
            f"{run.rows_bad:,} of {run.rows_read:,} rows have problems. Nothing was imported."
        )
    say(run, phase=Phase.WRITING, lease_until=timezone.now() + LEASE)
    with transaction.atomic():
        LogImport.objects.select_for_update().get(pk=run.pk)
        say(run)
        log = _write(run, at=at)
        finish(run, Status.DONE, at=at, log=log)
        counts = {
            "file": run.file_name,
            "cases": run.cases,
            "events": run.events,
            "bad": run.rows_bad,
        }
        journal.record("process.logimport.done", run, by=run.by, at=at, data=counts)


def _why_none(run: LogImport) -> str:
    first = run.problems.order_by("pk").values_list("row", "reason").first()
    return f" Row {first[0]:,}: {first[1]}" if first else ""


def _write(run: LogImport, *, at: datetime) -> EventLog:
    log = _log_of(run, at=at)
    if log.calendar is None:
        whole.fill(log, by=run.by, at=at)
    else:
        store.fill(log, staging.cases(), by=run.by, at=at)
    return log


def _known() -> Names:
    """Teams and types that are ours, by name."""
    return {
        "team": {name.lower(): pk for pk, name in Team.objects.values_list("pk", "name")},
        "kind": {name.lower(): pk for pk, name in RequestType.objects.values_list("pk", "name")},
    }


def _log_of(run: LogImport, *, at: datetime) -> EventLog:
    """A new log, or the one whose content is replaced, emptied."""
    about = f"From {run.file_name}"
    if not run.new_version:
        return store.make_log(name=run.name, by=run.by, at=at, calendar=run.calendar, about=about)
    log = EventLog.objects.select_for_update(of=("self",)).filter(pk=run.log_id or 0).first()
    if log is None or log.built_in:
        raise LogRefused("The log was removed meanwhile. Import the file as a new log.")
    empty(log)
    log.calendar, log.about = run.calendar, about[:300]
    log.save(update_fields=["calendar", "about"])
    return log


def empty(log: EventLog) -> None:
    """Take the cases of a log out. Its activities stay: expected orders of steps name them."""
    key = {"log": log.pk}
    bulk.run("DELETE FROM process_step WHERE log_id = %(log)s", key)
    bulk.run("DELETE FROM process_case WHERE log_id = %(log)s", key)
    bulk.run("DELETE FROM process_variant WHERE log_id = %(log)s", key)
    EventLog.objects.filter(pk=log.pk).update(cases=0, events=0)


def finish(
    run: LogImport, status: LogImport.Status, *, at: datetime, problem: str = "", **more: Any
) -> None:
    """What became of an import that is ours."""
    say(
        run, must=False, status=status, phase=Phase.NONE, problem=problem[:500],
        finished_at=max(timezone.now(), at), lease_until=None, cancel_asked=False, **more,
    )  # fmt: skip


def say(run: LogImport, *, must: bool = True, **news: Any) -> None:
    """Keep what is new about the import, if it is still ours.

    :param must: whether it must not have been stopped.
    :raises Lost: when its lease ran out and another worker has it.
    :raises Cancelled: when somebody asked to stop it.
    """
    ours = LogImport.objects.filter(pk=run.pk, started_at=run.started_at, status=Status.RUNNING)
    going = ours.filter(cancel_asked=False) if must else ours
    if not (going.update(**news) if news else going.exists()):
        raise Cancelled if must and ours.exists() else Lost
    for name, value in news.items():
        setattr(run, name, value)
