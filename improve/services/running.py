"""Runs: asked for as rows, done by workers, the same evidence is the same suggestion."""

import time
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from improve.detectors import REGISTRY
from improve.engine import Raised, Seen, examine
from improve.guard import confidence
from improve.models import OPEN, Run, State, Suggestion
from improve.period import Period
from improve.services.following import follow_all
from journal import services as journal
from notices.services import tell
from people.models import Role, User

STRONG: Final = 0.01  # a new one of at most this q is told to managers
STRONG_HOURS: Final = 4.0  # and at least so many hours a month
MOST_TOLD: Final = 50
NIGHT_HOURS: Final = range(2, 5)
NIGHT: Final = timedelta(hours=12)
LONG_AGO: Final = timedelta(hours=36)


def ask_run(*, by: User | None, at: datetime) -> Run:
    """Ask for a look at everything; one that waits already is that one."""
    waiting = Run.objects.filter(status=Run.Status.WAITING).first()
    if waiting is not None:
        return waiting
    try:
        with transaction.atomic():
            run = Run.objects.create(asked_by=by, asked_at=at)
            journal.record("improve.run.asked", run, by=by, at=at)
            return run
    except IntegrityError:  # somebody asked at the same moment
        return Run.objects.filter(status=Run.Status.WAITING).get()


def ask_nightly(*, at: datetime) -> Run | None:
    """A run each night; also by day when the last one is long ago, after a time that nothing ran."""
    last = Run.objects.order_by("-asked_at", "-pk").values_list("asked_at", flat=True).first()
    hour = at.astimezone(ZoneInfo(settings.TIME_ZONE)).hour
    wanted = NIGHT if hour in NIGHT_HOURS else LONG_AGO
    return None if last is not None and at - last < wanted else ask_run(by=None, at=at)


@transaction.atomic
def run_next(*, at: datetime) -> Run | None:
    """Do the run that waits; None when none does, or a worker is at it.

    The lock of its row is the lease: whoever dies lets go of it and has written nothing.
    """
    rows = Run.objects.filter(status=Run.Status.WAITING).select_for_update(
        skip_locked=True, of=("self",)
    )
    run = rows.order_by("pk").first()
    if run is None:
        return None
    period, begun = Period.before(at), time.monotonic()
    run.period_start, run.period_end = period.start, period.end
    try:
        with transaction.atomic(), connection.cursor() as sql:
            sql.execute("SET LOCAL statement_timeout = 0")  # half a year of everything, in a worker
            seen = examine(REGISTRY, period)
            write(seen, period=period, at=at)
            follow_all(at=at)
        run.read, run.tested, run.raised = seen.read, seen.tested, len(seen.raised)
        run.status = Run.Status.DONE
    except (DatabaseError, ArithmeticError, ValueError, LookupError) as trouble:
        run.status, run.problem = Run.Status.FAILED, str(trouble)[:500].replace("\0", "")
    run.seconds, run.finished_at = time.monotonic() - begun, at
    run.save()
    journal.record(
        "improve.run.done", run, by=None, at=at, data={"raised": run.raised, "tested": run.tested}
    )
    return run


def write(seen: Seen, *, period: Period, at: datetime) -> None:
    """Make or renew a suggestion for each that stands; the others no longer stand."""
    known = {
        row.key: row for row in Suggestion.objects.select_for_update(of=("self",)).order_by("pk")
    }
    found: set[str] = set()
    for one in seen.raised:
        own = {key: row.about for key, row in known.items() if row.detector == one.detector.code}
        key = one.detector.known_as(one.unit.about, own)
        if key not in found:
            found.add(key)
            _keep(known.get(key), key, one, period, at)
    gone = [row.pk for key, row in known.items() if key not in found and row.stands]
    Suggestion.objects.filter(pk__in=gone).update(stands=False)


def _keep(row: Suggestion | None, key: str, one: Raised, period: Period, at: datetime) -> None:
    fresh = row is None
    row = row or Suggestion(
        key=key, detector=one.detector.code, first_found_at=at, about=one.unit.about
    )
    if row.state in {
        *OPEN,
        State.DISMISSED,
    }:  # what is accepted keeps the evidence it was accepted on
        for name, value in _columns(one, period).items():
            setattr(row, name, value)
    row.stands, row.last_found_at = True, at
    back = (
        row.state == State.DISMISSED
        and row.quiet_below is not None
        and row.hours >= row.quiet_below
    )
    if back:
        row.move(State.NEW)
        row.reason, row.quiet_below = "", None
    row.save()
    if fresh or back:
        word = "found" if fresh else "grown"
        journal.record(
            f"improve.suggestion.{word}",
            row,
            by=None,
            at=at,
            data={"hours": round(row.hours, 2), "q": row.q},
        )
        _tell(row, word, at)


def _columns(one: Raised, period: Period) -> dict[str, Any]:
    found, words = one.found, one.detector.words(one.unit, one.found)
    return {
        "title": words.title[:250], "summary": words.summary[:600], "team_id": words.team, "n": found.n,
        "effect": found.effect, "effect_low": found.low, "effect_high": found.high, "p": found.p, "q": one.q,
        "later_p": one.later.p if one.later else None, "later_effect": one.later.effect if one.later else None,
        "hours": found.hours, "hours_low": min(found.hours_low, found.hours),
        "hours_high": max(found.hours_high, found.hours),
        "tested_together": one.together, "period_start": period.start, "period_end": period.end,
        "bars": {"title": words.bars_title, "unit": words.bars_unit, "rows": [dict(bar) for bar in words.bars]},
        "lines": [list(line) for line in words.lines], "rows": one.detector.rows(one.unit),
        "change": asdict(words.change),
    }  # fmt: skip


def _tell(row: Suggestion, word: str, at: datetime) -> None:
    """Managers hear of a strong new one, once each time that it appears."""
    if row.q > STRONG or row.hours < STRONG_HOURS:
        return
    people = User.objects.active().in_role(Role.MANAGER).order_by("pk").distinct()[:MOST_TOLD]
    for user in people:
        tell(
            user, kind="suggestion", key=f"suggestion:{row.pk}:{word}:{at:%Y%m%d}", about=row, at=at,
            subject=f"{row.hours:,.0f} hours a month: {row.title}",
            body=f"{row.summary}\n\nEvidence: {confidence(row.q).lower()}, n {row.n:,}.",
            link=reverse("improve:suggestion", args=[row.pk]),
        )  # fmt: skip
