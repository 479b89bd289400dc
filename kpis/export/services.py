"""Exports wait as rows; a worker writes one into a folder of its own and renames it when it is whole.

All tables are read in one snapshot, so they agree with each other; the manifest says how far the facts
had followed the journal in it. A worker that dies leaves a folder whose name begins with a dot, which
the next one takes away.
"""

import logging
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from journal import services as journal
from journal.models import Cursor
from kpis.definitions import KPIS
from kpis.export import schema, writing
from kpis.export.models import Export
from kpis.services import FOLLOWER
from people.models import User

LEASE: Final = timedelta(minutes=10)  # longer than a task may take
MOST_ATTEMPTS: Final = 3
SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
log = logging.getLogger(__name__)


class Refused(Exception):
    """The export is not taken, or not in a state for this; the message is fit for people."""


class Lost(Exception):
    """Another worker has the export."""


@transaction.atomic
def ask(form: str, *, by: User, at: datetime) -> Export:
    """Put an export into the line.

    :raises Refused: while one of this form waits or is written.
    """
    busy = Export.objects.filter(
        format=form, status__in=[Export.Status.QUEUED, Export.Status.RUNNING]
    )
    if busy.exists():
        raise Refused("An export of this kind is under way already. Wait for it.")
    row = Export.objects.create(format=form, by=by, asked_at=at)
    journal.record("kpi_export.export.asked", row, by=by, at=at, data={"format": form})
    return row


def nightly(*, at: datetime) -> Export | None:
    """Put tonight's export into the line once its hour has come; nothing when the nights are off."""
    if settings.KPI_EXPORT_HOUR is None:
        return None
    here = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    if here.hour < settings.KPI_EXPORT_HOUR:
        return None
    row, made = Export.objects.get_or_create(
        night=here.date(), defaults={"format": settings.KPI_EXPORT_FORMAT, "asked_at": at}
    )
    return row if made else None


def run_next(*, at: datetime) -> Export | None:
    """Claim the oldest export that waits, or whose worker is gone, and write it."""
    row = _claim(at)
    if row is None:
        return None
    try:
        if row.attempts > MOST_ATTEMPTS:
            _end(
                row, Export.Status.FAILED, at, problem="Three workers died of it. Is the disk full?"
            )
            return row
        _write(row, at)
    except Lost:
        log.warning("Export %s was taken over by another worker.", row.pk)
    except OSError as fault:
        _end(
            row,
            Export.Status.FAILED,
            at,
            problem=f"The folder cannot be written: {fault.strerror}.",
        )
    except Exception:
        _end(
            row,
            Export.Status.FAILED,
            at,
            problem="Something went wrong here; we have a record of it.",
        )
        raise
    return row


@transaction.atomic
def _claim(at: datetime) -> Export | None:
    waiting = Q(status=Export.Status.QUEUED) | Q(status=Export.Status.RUNNING, lease_until__lt=at)
    rows = Export.objects.select_for_update(skip_locked=True, of=("self",)).filter(waiting)
    row = rows.order_by("pk").first()
    if row is not None:
        row.status, row.claimed_at, row.lease_until = Export.Status.RUNNING, at, at + LEASE
        row.attempts += 1
        row.save(update_fields=["status", "claimed_at", "lease_until", "attempts"])
    return row


def folder_of(row: Export) -> Path:
    return Path(settings.KPI_EXPORT_DIR) / row.folder


def _write(row: Export, at: datetime) -> None:
    root = Path(settings.KPI_EXPORT_DIR)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear(root, row)
    name = f"{schema.moment(at)}-{row.pk}"
    hidden = root / f".{row.pk}-{schema.moment(at)}"
    hidden.mkdir(mode=0o700)
    try:
        manifest = _tables(row, hidden, at)
        writing.write_manifest(hidden, manifest)
        _still_ours(row)
        hidden.rename(root / name)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    rows, size = writing.size_of(manifest["tables"])
    _end(row, Export.Status.DONE, at, folder=name, manifest=manifest, rows=rows, bytes=size)


def _tables(row: Export, folder: Path, at: datetime) -> dict[str, Any]:
    """Write all tables out of one snapshot; returns the manifest."""
    with transaction.atomic():
        with connection.cursor() as sql:
            sql.execute(SNAPSHOT)
        cursor = Cursor.objects.filter(name=FOLLOWER).first()
        parts = [writing.write(table, folder, row.format) for table in schema.tables()]
    return {
        "schema_version": schema.VERSION, "format": row.format, "made_at": at.isoformat(),
        "reporting_zone": settings.TIME_ZONE,
        "journal_cursor": {"txid": str(cursor.txid) if cursor else "0",
                           "entry": cursor.entry_id if cursor else 0},
        "definitions": {kpi.slug: kpi.version for kpi in KPIS.values()},
        "tables": parts,
    }  # fmt: skip


def _clear(root: Path, row: Export) -> None:
    """Take away what killed workers left: hidden folders of exports that nobody writes now."""
    live = Export.objects.filter(status=Export.Status.RUNNING).exclude(pk=row.pk)
    names = {str(pk) for pk in live.values_list("pk", flat=True)}
    for left in root.glob(".*-*"):
        if left.is_dir() and left.name[1:].split("-")[0] not in names:
            shutil.rmtree(left, ignore_errors=True)


def _still_ours(row: Export) -> None:
    ours = Export.objects.filter(pk=row.pk, claimed_at=row.claimed_at, status=Export.Status.RUNNING)
    if not ours.exists():
        raise Lost


def _end(row: Export, status: str, at: datetime, **news: Any) -> None:
    ours = Export.objects.filter(pk=row.pk, claimed_at=row.claimed_at, status=Export.Status.RUNNING)
    ours.update(status=status, finished_at=at, lease_until=None, **news)


def forget(*, at: datetime) -> int:
    """Remove the files of old exports; their rows stay. Returns how many."""
    old = Export.objects.filter(
        status=Export.Status.DONE, finished_at__lt=at - timedelta(days=settings.KPI_EXPORT_DAYS)
    )
    count = 0
    for row in old.order_by("pk"):
        shutil.rmtree(folder_of(row), ignore_errors=True)
        Export.objects.filter(pk=row.pk).update(status=Export.Status.REMOVED)
        count += 1
    return count
