"""What can be done with imports of logs: upload, check, import, stop; workers claim them one by one."""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q

from journal import services as journal
from kit.uploads import clean_name
from kit.uploads.store import Stored
from people.models import User, WorkingCalendar
from process.importing import files, mapping, stream
from process.importing.guess import guess
from process.importing.models import NAME_LENGTH, LogImport, LogImportProblem
from process.importing.refusals import Busy, LogRefused
from process.importing.source import Sample, Source
from process.importing.work import LEASE, Lost, Told, finish, perform
from process.models import EventLog
from process.services import store
from process.services.store import NameTaken

Status, Goal = LogImport.Status, LogImport.Goal
KEPT: Final = timedelta(days=7)
TOLD: Final = timedelta(days=365)
# States from which an import can be started, and those in which its map can be changed.
READY: Final = frozenset({Status.UPLOADED, Status.CHECKED, Status.REFUSED, Status.CANCELLED})
OVER: Final = frozenset({Status.CHECKED, Status.DONE, Status.REFUSED, Status.CANCELLED})
log_of_work = logging.getLogger(__name__)


def upload(
    file: "File[bytes]", *, by: User | None, at: datetime, log: EventLog | None = None
) -> LogImport:
    """Keep a file, which then waits for its map; with `log` it becomes the next version of that log.

    :raises LogRefused: for a file that is empty, damaged, too large or unfolds too far, or a built-in log.
    """
    if log is not None and log.built_in:
        raise LogRefused("The portal keeps this log itself; a file cannot replace it.")
    kept = files.keep(file)
    path = files.path_of(kept.name)
    try:
        looked = stream.look_through(path)
        with transaction.atomic():
            return _uploaded(file, kept, looked.events, by=by, at=at, log=log)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _uploaded(
    file: "File[bytes]", kept: Stored, events: int | None, *, by: User | None, at: datetime,
    log: EventLog | None,
) -> LogImport:  # fmt: skip
    called = clean_name(file.name or "log")[-200:]
    run = LogImport.objects.create(
        file_name=called, stored_as=kept.name, sha256=kept.sha256, size=kept.size, by=by, created_at=at,
        rows_total=events, log=log, new_version=log is not None,
        name=log.name if log else _name_from(called), calendar=log.calendar if log else None,
    )  # fmt: skip
    journal.record("process.logimport.uploaded", run, by=by, at=at, data={"file": called})
    return run


def _name_from(file_name: str) -> str:
    stem = file_name
    for last in (".gz", ".xes", ".csv", ".tsv", ".xlsx", ".xls", ".ods", ".txt"):
        stem = stem.removesuffix(last)
    return stem.replace("_", " ").replace("-", " ").strip().capitalize()[:80] or "Event log"


def guessed(sample: Sample, *, zone: str) -> dict[str, str]:
    """The map that the first rows of a file suggest; naive times are on the clock of `zone`."""
    return {**guess(sample).as_map(), "zone": zone}


@transaction.atomic
def start(
    run: LogImport, raw: dict[str, Any], *, goal: str, name: str, calendar: WorkingCalendar | None,
    good_rows_only: bool = False, sample: Sample | None = None,
) -> None:  # fmt: skip
    """Put an import with its map into the line of those that workers take.

    :param sample: the first rows, so that a map they cannot be read by is refused at once.
    :raises LogRefused: if the map does not fit.
    :raises NameTaken: if another log is called so.
    :raises Busy: if it waits, runs or is done.
    """
    how = mapping.check(raw)
    if sample is not None:
        mapping.fit(how, sample)
    run.refresh_from_db(from_queryset=LogImport.objects.select_for_update())
    if run.status not in READY:
        raise Busy("This import was started already.")
    name = name.strip()
    if not name:
        raise LogRefused("Give the log a name.")
    if not run.new_version and EventLog.objects.filter(name=name).exists():
        raise NameTaken(f"There is an event log named “{name}” already.")
    run.mapping, run.name, run.calendar, run.good_rows_only = raw, name, calendar, good_rows_only
    run.goal, run.status, run.problem = goal, Status.QUEUED, ""
    run.cancel_asked, run.finished_at = False, None
    run.save()


@transaction.atomic
def remap(run: LogImport) -> None:
    """Back to the map, over the same file.

    :raises Busy: if it waits, runs or is done.
    """
    run.refresh_from_db(from_queryset=LogImport.objects.select_for_update())
    if run.status not in READY:
        raise Busy("The map can be changed while the import does not run, and was not done.")
    run.status, run.problem = Status.UPLOADED, ""
    run.save(update_fields=["status", "problem"])


@transaction.atomic
def cancel(run: LogImport, *, by: User, at: datetime) -> None:
    """Stop an import that waits or reads; its worker stops at the next few thousand rows.

    :raises Busy: when it is over, or is being written: then it ends in a moment.
    """
    run.refresh_from_db(fields=["phase"])
    # Only the writing holds the row for longer than a moment.
    writing = run.phase == LogImport.Phase.WRITING
    mine = LogImport.objects.select_for_update(skip_locked=writing).filter(pk=run.pk).first()
    if mine is None:
        raise Busy("The log is being written; that takes a moment and cannot be stopped.")
    if mine.status == Status.QUEUED:
        mine.status, mine.finished_at = Status.CANCELLED, at
        mine.problem = "Stopped before it began. Nothing was changed."
    elif mine.status == Status.RUNNING:
        mine.cancel_asked = True
    else:
        raise Busy("This import does not run.")
    mine.save(update_fields=["status", "finished_at", "problem", "cancel_asked"])
    journal.record("process.logimport.cancelled", mine, by=by, at=at)


def import_file(
    path: Path, raw: dict[str, Any], *, name: str, by: User | None, at: datetime,
    calendar: WorkingCalendar | None = None, check_only: bool = False, good_rows_only: bool = False,
    told: Told | None = None,
) -> LogImport:  # fmt: skip
    """Do an import over a file of this machine here and now; what `raw` leaves open is guessed.

    :raises LogRefused: if the file or the map cannot be used; the import says what else went wrong.
    :raises NameTaken: if another log is called so.
    """
    if not path.is_file():
        raise LogRefused(f"There is no file {path}.")
    looked = stream.look_through(path)
    source = Source(path, path.name)
    sample = source.sample()
    if sample.problem:
        raise LogRefused(sample.problem)
    raw = {**guessed(sample, zone=settings.TIME_ZONE), **raw}
    how = mapping.check(raw)
    mapping.fit(how, sample)
    name = name.strip()[:NAME_LENGTH] or _name_from(clean_name(path.name))
    if EventLog.objects.filter(name=name).exists():
        raise NameTaken(f"There is an event log named “{name}” already.")
    run = LogImport.objects.create(
        file_name=clean_name(path.name)[-200:], sha256=files.sum_of(path), size=path.stat().st_size,
        by=by, created_at=at, started_at=at, lease_until=at + LEASE, status=Status.RUNNING,
        goal=Goal.CHECK if check_only else Goal.IMPORT, rows_total=looked.events, name=name,
        calendar=calendar, mapping=raw, good_rows_only=good_rows_only,
    )  # fmt: skip
    perform(run, source, how, at=at, told=told)
    return run


def run_next(*, at: datetime) -> LogImport | None:
    """Claim the oldest import that waits, or whose worker is gone, and do it."""
    run = _claim(at)
    if run is None:
        return None
    try:
        how = mapping.check(run.mapping)
        perform(run, files.source_of(run), how, at=at)
    except LogRefused as refusal:
        finish(run, Status.REFUSED, problem=str(refusal), at=at)
    except Lost:
        log_of_work.warning("Import %s of a log was taken over by another worker.", run.pk)
    except Exception:
        words = "Something went wrong here. Nothing was changed; we have a record of it."
        finish(run, Status.REFUSED, problem=words, at=at)
        raise
    return run


@transaction.atomic
def _claim(at: datetime) -> LogImport | None:
    waiting = Q(status=Status.QUEUED) | Q(status=Status.RUNNING, lease_until__lt=at)
    rows = LogImport.objects.select_for_update(skip_locked=True, of=("self",)).filter(waiting)
    run = rows.order_by("pk").first()
    if run is not None:
        run.status, run.started_at, run.lease_until = Status.RUNNING, at, at + LEASE
        run.save(update_fields=["status", "started_at", "lease_until"])
    return run


def same_file(run: LogImport) -> LogImport | None:
    """The last import of the very same bytes that became a log which is still there."""
    rows = LogImport.objects.filter(sha256=run.sha256, status=Status.DONE, log__isnull=False)
    return rows.exclude(pk=run.pk).select_related("log").order_by("-pk").first()


def forget_files(*, at: datetime) -> int:
    """Delete files after a week, and what was said about their rows after a year."""
    old = LogImport.objects.exclude(stored_as="").filter(created_at__lt=at - KEPT)
    old = old.exclude(status__in=[Status.QUEUED, Status.RUNNING])
    for name in old.values_list("stored_as", flat=True):
        Path(files.path_of(name)).unlink(missing_ok=True)
    LogImportProblem.objects.filter(log_import__created_at__lt=at - TOLD).delete()
    return old.update(stored_as="")


@transaction.atomic
def remove(log: EventLog, *, by: User, at: datetime) -> None:
    """Take an imported log away with all its cases.

    :raises LogRefused: for a built-in log.
    """
    if log.built_in:
        raise LogRefused("The portal keeps this log itself; it cannot be removed.")
    store.remove(log, by=by, at=at)


@transaction.atomic
def rename(log: EventLog, *, name: str, about: str, by: User, at: datetime) -> None:
    """Call an imported log otherwise.

    :raises LogRefused: for a built-in log, or no name.
    :raises NameTaken: if another log is called so.
    """
    if log.built_in:
        raise LogRefused("The portal keeps this log itself; it cannot be renamed.")
    name = name.strip()
    if not name:
        raise LogRefused("Give the log a name.")
    if EventLog.objects.filter(name=name).exclude(pk=log.pk).exists():
        raise NameTaken(f"There is an event log named “{name}” already.")
    was, log.name, log.about = log.name, name, about.strip()
    log.save(update_fields=["name", "about"])
    journal.record("process.eventlog.renamed", log, by=by, at=at, data={"was": was, "is": name})
