"""One run, from the file to the records: all or nothing, or the good rows only.

Reading and checking change nothing but what is kept about the run; the writing is one transaction,
and the run is marked as done in that same transaction. A worker that dies in between has changed
nothing, and another begins again.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import Error as DatabaseError
from django.db import IntegrityError, transaction
from django.utils import timezone

from crm import services as crm
from desk.models import RequestType
from imports.kind import Kind
from imports.kinds import kind_of
from imports.mapping import Map, MapError
from imports.models import ImportProblem, ImportRun, Phase, Status
from imports.services import staging, traces
from imports.services.sources import Sources, about_how_many
from journal import services as journal
from kit import bulk
from kit.tables import TableError

Told = Callable[[ImportRun], None]
LEASE = timedelta(minutes=30)


class Lost(Exception):
    """Another worker has taken the run over."""


def perform(
    run: ImportRun, sources: Sources, how: Map, *, at: datetime, told: Told | None = None
) -> None:
    """Read, check and write; the run says afterwards what became of it.

    :param told: called after every few thousand rows, for whoever watches.
    """
    kind = kind_of(run.kind)
    ImportProblem.objects.filter(run=run).delete()
    _say(run, status=Status.RUNNING, phase=Phase.READING, rows_read=0, rows_bad=0, rows_good=0)
    try:
        staging.create_tables(kind)
        good = _stage(run, kind, sources, how, told)
        _write(run, kind, how, good, at=at)
    except (MapError, TableError, bulk.Refused) as refusal:
        _finish(run, Status.REFUSED, problem=str(refusal), at=at)
    except IntegrityError as clash:
        rule = getattr(getattr(clash.__cause__, "diag", None), "constraint_name", "") or "a rule"
        words = f"Nothing was changed: the records would have broken {rule}."
        _finish(run, Status.REFUSED, problem=words, at=at)
    finally:
        _clean_up()


def _clean_up() -> None:
    try:
        staging.drop_tables()
    except DatabaseError:
        return  # the session is gone, and its temporary tables with it


def _stage(run: ImportRun, kind: Kind, sources: Sources, how: Map, told: Told | None) -> int:
    """Fill and check the tables; returns how many rows are good."""
    joined = bool(how.line_columns)
    if joined and sources.lines is None:
        raise MapError("The map wants the lines from a second file. Add it.")
    files = [sources.main, sources.lines] if joined and sources.lines else [sources.main]
    counts = [about_how_many(source) for source in files]
    _say(run, rows_total=None if None in counts else sum(n or 0 for n in counts))

    def progress(rows: int) -> None:
        _say(run, rows_read=run.rows_read + rows, lease_until=timezone.now() + LEASE)
        if told is not None:
            told(run)

    own = kind.fields if joined else (*kind.fields, *kind.lines)
    staging.fill(run, sources.main, how, own, table="staged", in_lines=False, progress=progress)
    if joined and sources.lines is not None:
        fields = (kind.field("number"), *kind.lines)
        staging.fill(
            run, sources.lines, how, fields, table="staged_lines", in_lines=True, progress=progress
        )
    _say(run, phase=Phase.CHECKING)
    return _check(run, kind, how, joined=joined)


def _check(run: ImportRun, kind: Kind, how: Map, *, joined: bool) -> int:
    staging.analyze()
    if not joined:
        staging.keep_problems(run, how, kind.first_checks)
        for statement in kind.split:
            bulk.run(statement)
        staging.analyze()
    if kind.target:
        kind.find(rule=how.match, stand_in=how.empty.get(kind.stands_in, ""))
    else:
        kind.find()
    staging.keep_problems(run, how, kind.checks)
    staging.keep_problems(run, how, kind.last_checks)
    if kind.custom:
        staging.keep_found(run, how, crm.staged_problems(kind.custom))
    good = staging.left(kind, joined=joined)
    _say(run, rows_good=good, rows_bad=run.rows_read - good)
    if kind.lines and run.good_rows_only:
        _no_line_is_lost(joined=joined)
    return good


def _no_line_is_lost(*, joined: bool) -> None:
    """Good rows only: refuse when a bad line names no order, for then any order may lack it."""
    lost = bulk.number(
        "SELECT coalesce(min(row), 0) FROM staged_bad WHERE number IS NULL AND in_lines = %(lines)s",
        {"lines": joined},
    )
    if lost:
        raise MapError(
            f"Row {lost} is a line that does not say to which order it belongs, so any order might "
            "lack a line. Nothing was changed. Mend that row, then try again."
        )


def _write(run: ImportRun, kind: Kind, how: Map, good: int, *, at: datetime) -> None:
    if run.rows_bad and not run.good_rows_only:
        words = f"{run.rows_bad:,} of {run.rows_read:,} rows have problems. Nothing was changed."
        _finish(run, Status.REFUSED, problem=words, at=at)
        return
    if not good:
        _finish(run, Status.REFUSED, problem="The file has no rows to take.", at=at)
        return
    more = _more(kind, how)
    _say(run, phase=Phase.WRITING, lease_until=timezone.now() + LEASE)
    with transaction.atomic():
        data = json.dumps({"import": run.pk})
        found = traces.compared(kind, bulk.actor(run.by, at, data)) if kind.target else {}
        written = kind.write(by=run.by, at=at, data=data, **more)
        said: dict[str, Any] = {"conflicts": found, "warnings": traces.warned(kind, how)}
        if run.dry_run:
            transaction.set_rollback(True)
        else:
            said["made"] = traces.keep(run)
            _finish(run, Status.DONE, written=written, at=at, said=said)
    if run.dry_run:
        _finish(run, Status.DONE, written=written, at=at, said=said)


def _more(kind: Kind, how: Map) -> dict[str, Any]:
    """What the verb of this kind is told beside who and when."""
    if kind.slug == "request-log":
        return _for_the_log(how)
    more: dict[str, Any] = {"conflicts": how.conflicts} if kind.target else {}
    return more | ({"stand_in": how.empty.get(kind.stands_in, "")} if kind.stands_in else {})


def _for_the_log(how: Map) -> dict[str, Any]:
    kind = (
        RequestType.objects.select_related("team__calendar").filter(slug=how.request_type).first()
    )
    if kind is None:
        known = ", ".join(RequestType.objects.order_by("slug").values_list("slug", flat=True))
        raise MapError(
            f"There is no request type “{how.request_type}”. There are: {known or 'none'}."
        )
    return {"rules": how.log_rules, "request_type": kind}


def _finish(
    run: ImportRun, status: Status, *, at: datetime, problem: str = "",
    written: bulk.Written | None = None, said: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    done = written or bulk.Written()
    _say(
        run, status=status, phase=Phase.NONE, problem=problem[:500], created=done.created,
        changed=done.changed, unchanged=done.unchanged, finished_at=max(timezone.now(), at),
        lease_until=None, **{"conflicts": {}, "warnings": {}, **(said or {})},
    )  # fmt: skip
    if status == Status.DONE and not run.dry_run:
        counts = {"kind": run.kind, "file": run.file_name, "created": done.created,
                  "changed": done.changed, "unchanged": done.unchanged, "bad": run.rows_bad}  # fmt: skip
        journal.record("imports.run.done", run, by=run.by, at=at, data=counts)


def _say(run: ImportRun, **news: Any) -> None:
    """Keep what is new about the run, if it is still ours.

    :raises Lost: when its lease ran out and another worker has it.
    """
    ours = ImportRun.objects.filter(pk=run.pk, started_at=run.started_at)
    if not ours.update(**news):
        raise Lost
    for name, value in news.items():
        setattr(run, name, value)
