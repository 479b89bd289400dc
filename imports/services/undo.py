"""A whole import taken back: asked for on its page, done by a worker in parts, each in a transaction
of its own. What cannot be taken back stays, with the reason."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from crm.services import bulk_undo
from imports.kinds import kind_of
from imports.models import ImportRun, ImportTrace, ImportUndo, Status
from imports.services import traces
from journal import services as journal
from people.models import User

UNDOABLE: Final = timedelta(days=30)
LEASE: Final = timedelta(minutes=10)
PART: Final = 500
SHIFT: Final = timedelta(seconds=100)  # a worker is stopped after 240


class _ShiftIsOver(Exception):
    """The rest is done in the next turn."""


class UndoRefused(Exception):
    """The run cannot be taken back; the message is fit for people to read."""


def why_not(run: ImportRun, *, at: datetime) -> str:
    """Why a run cannot be taken back; empty if it can."""
    if run.status != Status.DONE or run.dry_run:
        return "Only a finished import can be undone."
    if kind_of(run.kind).target is None:
        return "Imports of this kind cannot be undone."
    if ImportUndo.objects.filter(run=run).exists():
        return "This import is being undone, or was."
    if run.finished_at is None or at - run.finished_at > UNDOABLE:
        return f"An import can be undone for {UNDOABLE.days} days."
    if not (run.made or run.traces.exists()):
        return "This import changed nothing."
    return ""


@transaction.atomic
def ask_undo(run: ImportRun, *, by: User, at: datetime) -> ImportUndo:
    """Put a run into the line of those that workers take back.

    :raises UndoRefused: when it cannot be.
    """
    run.refresh_from_db(from_queryset=ImportRun.objects.select_for_update())
    refusal = why_not(run, at=at)
    if refusal:
        raise UndoRefused(refusal)
    traces.expand(run)
    undo = ImportUndo.objects.create(run=run, by=by, asked_at=at, total=run.traces.count())
    journal.record("imports.run.undo_asked", run, by=by, at=at, data={"records": undo.total})
    return undo


def undo_next(*, at: datetime) -> ImportUndo | None:
    """Claim the oldest undo that waits, or whose worker is gone, and do it for as long as a turn
    lasts: without `finished_at` the next turn goes on."""
    with transaction.atomic():
        waiting = ImportUndo.objects.filter(finished_at=None).filter(
            Q(lease_until=None) | Q(lease_until__lt=at)
        )
        undo = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
        if undo is None:
            return None
        undo.lease_until = at + LEASE
        undo.save(update_fields=["lease_until"])
    until = timezone.now() + SHIFT
    try:
        _put_back(undo, at, until)
        _take_away(undo, at, until)
    except _ShiftIsOver:
        undo.lease_until = None
        undo.save(update_fields=["lease_until"])
        return undo
    _finish(undo, at)
    return undo


def _put_back(undo: ImportUndo, at: datetime, until: datetime) -> None:
    last = 0
    while True:
        rows = undo.run.traces.filter(delta__isnull=False, undone=False, problem="", pk__gt=last)
        part = list(rows.order_by("pk")[:PART])
        if not part:
            return
        last = part[-1].pk
        try:
            _put_part_back(undo, part, at)
        except IntegrityError:
            for one in part:
                _put_one_back(undo, one, at)
        _renew(undo, until)


def _put_one_back(undo: ImportUndo, trace: ImportTrace, at: datetime) -> None:
    try:
        _put_part_back(undo, [trace], at)
    except IntegrityError:
        trace.problem = "Another record has what this one had before."
        trace.save(update_fields=["problem"])


@transaction.atomic
def _put_part_back(undo: ImportUndo, part: Sequence[ImportTrace], at: datetime) -> None:
    data = json.dumps({"import": undo.run_id, "undo": True})
    for subject in {trace.subject for trace in part}:
        own = [trace for trace in part if trace.subject == subject]
        kept = bulk_undo.put_back(
            subject, [(t.record_id, t.delta or {}) for t in own], by=undo.by, at=at, data=data
        )
        for trace in own:
            names = kept.get(trace.record_id, [])
            trace.undone = len(names) < len(trace.delta or {})
            if names:
                words = ", ".join(_words(name) for name in names)
                trace.problem = f"Changed since, or gone: {words}."[:300]
    ImportTrace.objects.bulk_update(part, ["undone", "problem"])
    _count(undo, put_back=sum(trace.undone for trace in part))


def _words(column: str) -> str:
    return column.removeprefix("custom.").removesuffix("_id").replace("_", " ")


def _take_away(undo: ImportUndo, at: datetime, until: datetime) -> None:
    """What belongs to others of the run goes before them. An account whose children went is tried
    again in the same turn, so that groups of companies go from below."""
    for subject in bulk_undo.TARGETS:
        gone = _one_round(undo, subject, at, until, problem="")
        while gone and subject == "crm.account":
            gone = _one_round(undo, subject, at, until, problem__endswith=bulk_undo.HANGING)


def _one_round(
    undo: ImportUndo, subject: str, at: datetime, until: datetime, **which: str
) -> int:  # fmt: skip
    """Once over what the run made and is still there; returns how many went."""
    gone, last = 0, 0
    while True:
        rows = undo.run.traces.filter(
            subject=subject, delta__isnull=True, undone=False, pk__gt=last, **which
        )
        part = list(rows.order_by("pk")[:PART])
        if not part:
            return gone
        last = part[-1].pk
        gone += _take_part_away(undo, subject, part, at)
        _renew(undo, until)


@transaction.atomic
def _take_part_away(
    undo: ImportUndo, subject: str, part: Sequence[ImportTrace], at: datetime
) -> int:
    why = bulk_undo.take_away(
        subject, [t.record_id for t in part], by=undo.by, at=at, data={"import": undo.run_id}
    )
    for trace in part:
        trace.problem = why.get(trace.record_id, "")
        trace.undone = not trace.problem
    ImportTrace.objects.bulk_update(part, ["undone", "problem"])
    gone = sum(trace.undone for trace in part)
    _count(undo, taken_away=gone)
    return gone


def _count(undo: ImportUndo, **more: int) -> None:
    for name, many in more.items():
        setattr(undo, name, getattr(undo, name) + many)
    undo.save(update_fields=list(more))


def _renew(undo: ImportUndo, until: datetime) -> None:
    now = timezone.now()
    if now >= until:
        raise _ShiftIsOver
    undo.lease_until = now + LEASE
    undo.save(update_fields=["lease_until"])


@transaction.atomic
def _finish(undo: ImportUndo, at: datetime) -> None:
    undo.left = undo.run.traces.exclude(problem="").count()
    undo.finished_at, undo.lease_until = max(timezone.now(), at), None
    undo.save()
    counts = {"taken_away": undo.taken_away, "put_back": undo.put_back, "left": undo.left}
    journal.record("imports.run.undone", undo.run, by=undo.by, at=at, data=counts)
