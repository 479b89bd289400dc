"""Runs wait as rows; workers claim them one by one."""

import logging
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q

from imports import mapping
from imports.kinds import kind_of
from imports.mapping import MapError
from imports.models import ImportProblem, ImportRun, ImportTrace, Status
from imports.services.sources import opened, stored
from imports.services.undo import UNDOABLE
from imports.services.work import LEASE, Lost, perform
from people.models import User

Upload = File[bytes]
KEPT: Final = timedelta(days=7)
log = logging.getLogger(__name__)


class UploadRefused(Exception):
    """The file is not taken; the message is fit for people to read."""


class Busy(Exception):
    """The run was started already; the message is fit for people to read."""


def upload(
    kind: str, file: Upload, *, by: User, at: datetime, lines: Upload | None = None
) -> ImportRun:
    """Keep the files of a run, which then waits for its map.

    :raises UploadRefused: for an empty or an overlong file.
    """
    run = ImportRun(kind=kind, by=by, created_at=at, file_name=_name(file))
    run.stored_as = _keep(file)
    if lines is not None:
        run.lines_name, run.lines_stored_as = _name(lines), _keep(lines)
    run.save()
    return run


def _name(file: Upload) -> str:
    return (Path(file.name or "file").name.replace("\0", ""))[-200:]


def _keep(file: Upload) -> str:
    """Under a name of our own: what people call a file is never a path here."""
    if not file.size:
        raise UploadRefused(f"“{_name(file)}” is empty.")
    if file.size > settings.IMPORT_MAX_BYTES:
        most = settings.IMPORT_MAX_BYTES // 1024**2
        raise UploadRefused(
            f"“{_name(file)}” is larger than {most} MB. Split it, or use the command."
        )
    name = secrets.token_hex(16)
    path = stored(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("wb") as target:
        for block in file.chunks():
            target.write(block)
    return name


@transaction.atomic
def start(run: ImportRun, raw: dict[str, Any], *, dry_run: bool, good_rows_only: bool) -> None:
    """Put a run with its map into the line of those that workers take.

    :raises MapError: if the map does not fit the kind.
    :raises Busy: if it waits or runs already.
    """
    mapping.check(kind_of(run.kind), raw)
    run.refresh_from_db(from_queryset=ImportRun.objects.select_for_update())
    if run.status != Status.UPLOADED:
        raise Busy("This import was started already.")
    run.mapping, run.dry_run, run.good_rows_only = raw, dry_run, good_rows_only
    run.status = Status.QUEUED
    run.save()


def again(run: ImportRun, *, by: User, at: datetime) -> ImportRun:
    """A new run over the same files with the same map, to be looked at before it starts."""
    return ImportRun.objects.create(
        kind=run.kind, by=by, created_at=at, file_name=run.file_name, stored_as=run.stored_as,
        lines_name=run.lines_name, lines_stored_as=run.lines_stored_as, mapping=run.mapping,
        good_rows_only=run.good_rows_only,
    )  # fmt: skip


def run_next(*, at: datetime) -> ImportRun | None:
    """Claim the oldest run that waits, or whose worker is gone, and do it."""
    run = _claim(at)
    if run is None:
        return None
    try:
        how = mapping.check(kind_of(run.kind), run.mapping)
        perform(run, opened(run), how, at=at)
    except MapError as refusal:
        _refuse(run, str(refusal), at)
    except Lost:
        log.warning("Import %s was taken over by another worker.", run.pk)
    except Exception:
        _refuse(run, "Something went wrong here. Nothing was changed; we have a record of it.", at)
        raise
    return run


@transaction.atomic
def _claim(at: datetime) -> ImportRun | None:
    waiting = Q(status=Status.QUEUED) | Q(status=Status.RUNNING, lease_until__lt=at)
    run = ImportRun.objects.select_for_update(skip_locked=True, of=("self",)).filter(waiting)
    first = run.order_by("pk").first()
    if first is not None:
        first.status, first.started_at, first.lease_until = Status.RUNNING, at, at + LEASE
        first.save(update_fields=["status", "started_at", "lease_until"])
    return first


def _refuse(run: ImportRun, words: str, at: datetime) -> None:
    ImportRun.objects.filter(pk=run.pk, started_at=run.started_at).update(
        status=Status.REFUSED, phase="", problem=words[:500], finished_at=at, lease_until=None
    )


def forget_files(*, at: datetime) -> int:
    """Delete uploaded files after a week, what runs did to records when they cannot be undone any
    more, and what was said about rows after a year."""
    old = ImportRun.objects.exclude(stored_as="").filter(created_at__lt=at - KEPT)
    old = old.exclude(status__in=[Status.QUEUED, Status.RUNNING])
    recent = ImportRun.objects.filter(created_at__gte=at - KEPT).exclude(stored_as="")
    names = set(old.values_list("stored_as", flat=True)) | set(
        old.values_list("lines_stored_as", flat=True)
    )
    used = set(recent.values_list("stored_as", flat=True)) | set(
        recent.values_list("lines_stored_as", flat=True)
    )
    for name in names - used - {""}:
        Path(stored(name)).unlink(missing_ok=True)
    ImportProblem.objects.filter(run__created_at__lt=at - timedelta(days=365)).delete()
    gone = ImportTrace.objects.filter(run__finished_at__lt=at - UNDOABLE, problem="")
    gone.exclude(run__undo__finished_at__isnull=True, run__undo__isnull=False).delete()
    ImportRun.objects.filter(finished_at__lt=at - UNDOABLE).exclude(made=[]).update(made=[])
    return old.update(stored_as="", lines_stored_as="")
