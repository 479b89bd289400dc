"""Scenarios wait as rows; workers claim them and play them replication by replication.

Each replication is a row of its own, so a worker that dies loses one, and another goes on where it
stopped; the figures hang on the seed and the number alone, so they are the same whoever plays them.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db import transaction
from django.db.models import Q

from forecast.engine.axis import HOURS_A_WEEK, Axis
from forecast.engine.sampling import Change
from forecast.engine.scenario import Plan, replicate
from forecast.models import Replication, Scenario, Status
from forecast.queries.kept import loaded
from forecast.queries.past import axis_for
from forecast.services.learning import TooLittle, coordinators, learned_for
from journal import services as journal
from people.models import Team, User

LEASE: Final = timedelta(minutes=2)
TURN_SECONDS: Final = 60.0  # then another scenario may have the worker
MOST_WAITING: Final = 20
log = logging.getLogger(__name__)


class Refused(Exception):
    """The scenario is not taken, or not in a state for this; the message is fit for people."""


class Lost(Exception):
    """Somebody stopped the scenario, or another worker has it."""


@dataclass(frozen=True)
class Wanted:
    """What a scenario changes and how it is played; see the model for the units."""

    extra: int = 0
    hours: Mapping[str, int] = field(default_factory=dict)
    growth: Mapping[str, int] = field(default_factory=dict)
    service: int = 0
    order: str = "priority"
    weeks: int = 8
    horizon: int = 8
    warm_up: int = 2
    seed: int = 1
    replications: int = 20


@transaction.atomic
def ask(name: str, team: Team, wanted: Wanted, *, by: User, at: datetime) -> Scenario:
    """Put a scenario into the line. It learns from the whole weeks before this one.

    :raises Refused: when twenty wait already, or nobody would ever work.
    """
    if Scenario.objects.filter(status__in=[Status.QUEUED, Status.RUNNING]).count() >= MOST_WAITING:
        raise Refused(f"{MOST_WAITING} scenarios wait already. Stop one, or wait for them.")
    if not coordinators(team):
        raise Refused(f"Nobody works the queue of {team}: no coordinator belongs to this team.")
    row = Scenario.objects.create(
        name=name, team=team, until=this_monday(team, at), by=by, asked_at=at, extra=wanted.extra,
        hours=dict(wanted.hours), growth=dict(wanted.growth), service=wanted.service,
        order=wanted.order, weeks=wanted.weeks, horizon=wanted.horizon, warm_up=wanted.warm_up,
        seed=wanted.seed, replications=wanted.replications,
    )  # fmt: skip
    journal.record("forecast.scenario.asked", row, by=by, at=at, data={"team": team.pk})
    return row


def this_monday(team: Team, at: datetime) -> datetime:
    """Midnight of the week's Monday on the team's clock: a lesson begins and ends with whole weeks."""
    here = at.astimezone(ZoneInfo(team.calendar.zone))
    monday = here - timedelta(days=here.weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)


@transaction.atomic
def stop(row: Scenario, *, by: User, at: datetime) -> None:
    """Stop a scenario that waits or runs; what was played of it stays.

    :raises Refused: when it is over.
    """
    row.refresh_from_db(from_queryset=Scenario.objects.select_for_update())
    if row.is_over:
        raise Refused("This scenario is over already.")
    row.status, row.finished_at, row.lease_until = Status.STOPPED, at, None
    row.save(update_fields=["status", "finished_at", "lease_until"])
    journal.record("forecast.scenario.stopped", row, by=by, at=at)


@transaction.atomic
def remove(row: Scenario, *, by: User, at: datetime) -> None:
    """Take a scenario and its figures away.

    :raises Refused: while it waits or runs.
    """
    row.refresh_from_db(from_queryset=Scenario.objects.select_for_update())
    if not row.is_over:
        raise Refused("Stop the scenario before you remove it.")
    journal.record("forecast.scenario.removed", row, by=by, at=at)
    row.delete()


def run_next(*, at: datetime) -> Scenario | None:
    """Claim the oldest scenario that waits, or whose worker is gone, and play it for a while."""
    row = _claim(at)
    if row is None:
        return None
    try:
        _play(row, at)
    except TooLittle as why:
        _end(row, Status.REFUSED, at, str(why))
    except Lost:
        log.info("Scenario %s was stopped or taken over.", row.pk)
    except Exception:
        _end(row, Status.REFUSED, at, "Something went wrong here; we have a record of it.")
        raise
    return row


@transaction.atomic
def _claim(at: datetime) -> Scenario | None:
    waiting = Q(status=Status.QUEUED) | Q(status=Status.RUNNING, lease_until__lt=at)
    rows = Scenario.objects.select_for_update(skip_locked=True, of=("self",)).filter(waiting)
    row = rows.select_related("team__calendar", "learned").order_by("pk").first()
    if row is not None:
        row.status, row.claimed_at, row.lease_until = Status.RUNNING, at, at + LEASE
        row.save(update_fields=["status", "claimed_at", "lease_until"])
    return row


def _play(row: Scenario, at: datetime) -> None:
    plan = _plan(row, at)
    began, known = time.monotonic(), set(row.played.values_list("number", flat=True))
    for number in range(row.replications):
        if number in known:
            continue
        figures = replicate(plan, number)
        _keep(row, number, figures, at + timedelta(seconds=time.monotonic() - began))
        if time.monotonic() - began > TURN_SECONDS:
            _say(row, status=Status.QUEUED, lease_until=None)
            return
    _end(row, Status.DONE, at + timedelta(seconds=time.monotonic() - began))


@transaction.atomic
def _keep(row: Scenario, number: int, figures: dict[str, Any], now: datetime) -> None:
    _say(row, lease_until=now + LEASE)
    Replication.objects.create(scenario=row, number=number, figures=figures)


def _plan(row: Scenario, at: datetime) -> Plan:
    """What is played; learned and written down the first time.

    :raises TooLittle: with words for the page.
    """
    if row.learned is None:
        found = learned_for(row.team, weeks=row.weeks, until=row.until, at=at)
        people = len(coordinators(row.team))
        axis = scenario_axis(row)
        if not axis.open.any():
            raise TooLittle(f"{row.team} has no working hours in these weeks.")
        _say(row, learned=found, basis={"people": people, "hours": _hours(row, people, axis)})
    return plan_of(row)


def scenario_axis(row: Scenario) -> Axis:
    """Warm-up and horizon on the calendar of the weeks to come, holidays and all."""
    zone = ZoneInfo(row.team.calendar.zone)
    start = row.until.astimezone(zone).replace(tzinfo=None)
    end = start + timedelta(weeks=row.warm_up + row.horizon)
    return axis_for(row.team, row.until, end.replace(tzinfo=zone))


def _hours(row: Scenario, people: int, axis: Axis) -> dict[str, int]:
    """How many work in each hour of the week in which the team works at all."""
    worked = axis.hours_worked()
    return {
        str(hour): int(row.hours.get(str(hour), max(people + row.extra, 0)))
        for hour in range(HOURS_A_WEEK)
        if worked[hour] > 0
    }


def plan_of(row: Scenario) -> Plan:
    """The plan of a scenario that has learned: always the same one."""
    assert row.learned is not None  # noqa: S101 - _plan saw to it
    learned = loaded(row.learned.data)
    axis = scenario_axis(row)
    staff = np.zeros(HOURS_A_WEEK, dtype=int)
    for hour, count in row.basis["hours"].items():
        staff[int(hour)] = count
    growth = {kind: 1 + row.growth.get(str(kind), 0) / 100 for kind in learned.rates}
    return Plan(
        learned, axis, staff[axis.hours[axis.open]], Change(growth, 1 + row.service / 100),
        row.warm_up * 7 * 86_400, row.seed, row.order,  # type: ignore[arg-type]  # the model's choices
    )  # fmt: skip


def _end(row: Scenario, status: Status, now: datetime, problem: str = "") -> None:
    ours = Scenario.objects.filter(pk=row.pk, claimed_at=row.claimed_at, status=Status.RUNNING)
    ours.update(status=status, finished_at=now, lease_until=None, problem=problem[:300])


def _say(row: Scenario, **news: Any) -> None:
    """Keep what is new, if the scenario is still ours.

    :raises Lost: when somebody stopped it, or another worker has it.
    """
    ours = Scenario.objects.filter(pk=row.pk, claimed_at=row.claimed_at, status=Status.RUNNING)
    if not ours.update(**news):
        raise Lost
    for name, value in news.items():
        setattr(row, name, value)


def same_luck(one: Scenario, other: Scenario) -> bool:
    """Whether two scenarios were played with the same past, seed and weeks: then their replications
    can be compared pair by pair."""
    shared = ("learned_id", "seed", "horizon", "warm_up", "until")
    return all(getattr(one, name) == getattr(other, name) for name in shared) and bool(one.learned)
