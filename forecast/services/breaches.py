"""Which promises will break, by playing the queue forward a few hundred times.

It is simulated rather than reckoned request by request, because the requests are not independent:
the same people work on all of them, what comes next pushes back what waits, and calendars and
absences cut in. What is said of a request is the share of the plays in which its promise breaks.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil, floor
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from desk.models import SalesRequest
from forecast.engine.axis import Axis, Ints
from forecast.engine.desk import Rota, simulate
from forecast.engine.sampling import GOES_ON, Change, Learned, Open, Rest, arrivals, generator
from forecast.engine.stats import percentile
from forecast.models import BreachForecast, Chance
from forecast.models import Learned as Lesson
from forecast.queries import past
from forecast.queries.kept import loaded
from forecast.queries.words import reason
from forecast.services.learning import ORDER, TooLittle, learned_for, present
from kit.business_time import BusinessTimeError
from people import calendars
from people.models import Team

WEEKS: Final = 8
RUNS: Final = 200
LEAST_RUNS: Final = 40
MOST_JOBS: Final = 200_000  # in all plays together, so that a forecast takes seconds
FRESH: Final = timedelta(minutes=4)
LOOK_BACK: Final = timedelta(weeks=2)  # for who held what at once
BAND: Final = (0.05, 0.95)
LOCK: Final = 0x666F7265
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Horizon:
    """The working day and week that a forecast speaks of."""

    day: date
    today: datetime
    week: datetime
    opens: datetime


@dataclass
class Said:
    """What the plays say; by request the shares of plays in which it breaks."""

    today: dict[str, float] = field(default_factory=dict)
    week: dict[str, float] = field(default_factory=dict)
    by_request: dict[int, tuple[float, float]] = field(default_factory=dict)
    runs: int = 0


def horizon(team: Team, at: datetime) -> Horizon:
    """Today, or the next working day when nobody works any more today, and its week until Sunday."""
    time = calendars.for_team(team)
    opens = time.add(at, 0)
    zone = opens.astimezone(_zone(team))
    midnight = zone.replace(hour=0, minute=0, second=0, microsecond=0)
    ends = midnight + timedelta(days=1)
    return Horizon(zone.date(), ends, midnight + timedelta(days=7 - zone.weekday()), opens)


def _zone(team: Team) -> ZoneInfo:
    return ZoneInfo(team.calendar.zone)


def play(
    opened: Sequence[Open], learned: Learned, axis: Axis, servers: Ints, *, seed: int,
    today: float,
) -> Said:  # fmt: skip
    """Play the open requests and what may come until the end of the axis.

    :param today: the business second at which the day ends.
    """
    rota = Rota(axis.clocks[:-1][axis.open], servers, ORDER)
    rest = Rest(learned, {row.kind for row in opened})
    expected = sum(
        float((rate[axis.hours] * _lengths(axis)).sum()) for rate in learned.rates.values()
    )
    runs = max(LEAST_RUNS, min(RUNS, int(MOST_JOBS / (len(opened) + expected + 1))))
    counts: dict[str, list[int]] = {
        "open_today": [],
        "new_today": [],
        "open_week": [],
        "new_week": [],
    }
    hits: dict[str, Counter[int]] = {"today": Counter(), "week": Counter()}
    for number in range(runs):
        jobs = rest.jobs(opened, generator(seed, number, GOES_ON))
        jobs += arrivals(learned, Change(), axis, seed=seed, replication=number)
        run = simulate(jobs, rota, end=axis.total)
        broken = [job for job in run.jobs if job.broke_at > 0]
        for name, ends in (("today", today), ("week", axis.total)):
            these = [job.key for job in broken if job.broke_at <= ends]
            hits[name].update(key for key in these if key)
            counts[f"open_{name}"].append(sum(1 for key in these if key))
            counts[f"new_{name}"].append(sum(1 for key in these if not key))
    shares = {row.key: (hits["today"][row.key] / runs, hits["week"][row.key] / runs)
              for row in opened if row.left is not None and row.left > 0}  # fmt: skip
    return Said(_sum(counts, "today"), _sum(counts, "week"), shares, runs)


def _lengths(axis: Axis) -> Any:
    return axis.walls[1:] - axis.walls[:-1]


def _sum(counts: Mapping[str, list[int]], name: str) -> dict[str, float]:
    opened, new = counts[f"open_{name}"], counts[f"new_{name}"]
    both = sorted(a + b for a, b in zip(opened, new, strict=True))
    n = len(both)
    return {
        "expected": sum(both) / n, "low": floor(percentile(both, BAND[0])),
        "high": ceil(percentile(both, BAND[1])), "open": sum(opened) / n, "new": sum(new) / n,
    }  # fmt: skip


def refresh(*, at: datetime) -> int:
    """Say anew what may break, for every team with requests; returns for how many it was said."""
    said = 0
    teams = Team.objects.filter(requests__isnull=False).select_related("calendar").distinct()
    for team in teams.order_by("pk"):
        if _is_fresh(team, at):
            continue
        try:
            said += _refresh(team, horizon(team, at), at)
        except BusinessTimeError:
            log.warning("Team %s has no working hours, so nothing can be said of it.", team.pk)
    return said


def _is_fresh(team: Team, at: datetime) -> bool:
    return BreachForecast.objects.filter(team=team, kept=False, made_at__gt=at - FRESH).exists()


def _refresh(team: Team, ahead: Horizon, at: datetime) -> bool:
    """One team, unless another worker is at it. What is learned is written before: while the queue is
    played the transaction has written nothing, and no follower of the journal waits for it."""
    row = BreachForecast(team=team, made_at=at, day=ahead.day, today_until=ahead.today,
                         week_until=ahead.week)  # fmt: skip
    known = None
    try:
        known = learned_for(team, weeks=WEEKS, until=_midnight(team, at), at=at)
    except TooLittle as why:
        row.missing = str(why)
    with transaction.atomic():
        if not _locked(team) or _is_fresh(team, at):
            return False
        chances = _speak(row, team, ahead, known, at) if known else []
        BreachForecast.objects.filter(team=team, kept=False).delete()
        store(row, chances)
        mine = BreachForecast.objects.filter(team=team, day=ahead.day, kept=True)
        if known and ahead.opens <= at and not mine.exists():
            row.pk, row.kept = None, True
            store(row, chances)
    return True


def _locked(team: Team) -> bool:
    with connection.cursor() as sql:
        sql.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, team.pk])
        return bool(sql.fetchone()[0])


def _midnight(team: Team, at: datetime) -> datetime:
    return at.astimezone(_zone(team)).replace(hour=0, minute=0, second=0, microsecond=0)


def store(row: BreachForecast, chances: Sequence[Chance]) -> None:
    """Keep a forecast with its chances."""
    row.save(force_insert=True)
    Chance.objects.bulk_create(
        [Chance(forecast=row, request_id=c.request_id, today=c.today, week=c.week, why=c.why)
         for c in chances], batch_size=1000,
    )  # fmt: skip


def _speak(
    row: BreachForecast, team: Team, ahead: Horizon, known: Lesson, at: datetime
) -> list[Chance]:
    behind = past.axis_for(team, at - LOOK_BACK, at)
    rows = past.read_open(team, at - LOOK_BACK) + past.read(team, at - LOOK_BACK, at)
    now = at.timestamp()
    opened = past.open_at(rows, behind, now, past.Hands(rows, behind, now))
    promised = _promised(team, at)
    live = [
        (one, span, Open(one.pk, o.kind, o.priority, o.what, o.spent, promised[one.pk], o.begun))
        for one, span, o in opened if one.pk in promised
    ]  # fmt: skip
    axis = past.axis_for(team, at, ahead.week)
    said = play(
        [o for _, _, o in live], loaded(known.data), axis, present(team, axis),
        seed=int(now) // 60, today=float(axis.clock(ahead.today.timestamp())),
    )  # fmt: skip
    put(row, said, [o for _, _, o in live])
    row.basis |= {"requests": known.requests, "share": known.data["share"], "weeks": WEEKS,
                  "staff": len_of(present(team, axis))}  # fmt: skip
    return chances_of(live, said, behind, now)


def len_of(servers: Ints) -> list[int]:
    """The fewest and the most who work at once."""
    return [int(servers.min()), int(servers.max())] if len(servers) else [0, 0]


def put(row: BreachForecast, said: Said, opened: Sequence[Open]) -> None:
    """Write what the plays say into the row."""
    row.today, row.week = dict(said.today), dict(said.week)
    row.late = sum(1 for one in opened if one.left is not None and one.left <= 0)
    row.basis = {"open": len(opened), "runs": said.runs}


def chances_of(
    live: Sequence[tuple[past.Past, past.Span, Open]], said: Said, behind: Axis, now: float
) -> list[Chance]:
    """A row for each open request whose promise has not broken yet, with the reason in words."""
    order = sorted((o.left for _, _, o in live if o.left is not None and not _away(o)))
    return [
        Chance(request_id=one.pk, today=said.by_request[one.pk][0],
               week=said.by_request[one.pk][1], why=reason(span, o, order, behind, now))
        for one, span, o in live if one.pk in said.by_request
    ]  # fmt: skip


def _away(row: Open) -> bool:
    return row.what != 0


def _promised(team: Team, at: datetime) -> dict[int, float | None]:
    """What is left of each open promise in business seconds, negative when late, as the rows say it
    now: priorities and calendars may have moved it since it was made."""
    time = calendars.for_team(team)
    found: dict[int, float | None] = {}
    rows = SalesRequest.objects.open().filter(team=team).order_by("pk")
    for pk, due, left in rows.values_list("pk", "due_at", "left_seconds"):
        if due is not None:
            found[pk] = float(time.seconds_between(at, due) - time.seconds_between(due, at))
        else:
            found[pk] = None if left is None else float(left)
    return found
