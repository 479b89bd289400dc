"""Learning from a team's past, with the share of hands-on time that explains it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from django.db.models import Q

from forecast.engine.axis import Axis, Ints
from forecast.engine.sampling import Change
from forecast.engine.sampling import Learned as Lesson
from forecast.engine.scenario import Plan, fitted_share
from forecast.models import Learned
from forecast.queries import past
from forecast.queries.kept import dumped
from people.models import Absence, Role, Team, User

LEAST_DONE: Final = 30
LEAST_DAYS: Final = 14
FIT_WEEKS: Final = 4
FIT_SEED: Final = 1
ORDER: Final = "priority"  # as “Take next” and the assignment hand work out
WEEK: Final = timedelta(weeks=1)
KEPT: Final = timedelta(days=2)  # of lessons that no scenario was played with


class TooLittle(Exception):
    """There is too little to learn from; the message says how much is missing, to people."""


def coordinators(team: Team) -> list[int]:
    """Who works the team's queue."""
    rows = User.objects.active().in_role(Role.COORDINATOR).filter(team=team)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def present(team: Team, axis: Axis) -> Ints:
    """How many of them are not away, in each open segment of the axis."""
    people = coordinators(team)
    opened = axis.open
    middles = ((axis.walls[:-1] + axis.walls[1:]) / 2)[opened]
    count = np.full(len(middles), len(people), dtype=int)
    away = Absence.objects.filter(user__in=people).order_by("pk")
    for start, end in away.values_list("starts_at", "ends_at"):
        count -= (middles >= start.timestamp()) & (middles < end.timestamp())
    found: Ints = np.maximum(count, 0)
    return found


def lesson(
    team: Team, rows: list[past.Past], axis: Axis, *, since: datetime, until: datetime
) -> tuple[Lesson, dict[str, float | None], int]:
    """What [since, until) teaches, what was measured in it, and from how many arrivals.

    :raises TooLittle: with words for the page.
    """
    low, high = since.timestamp(), until.timestamp()
    learned = past.learn(rows, axis, since=low, until=high)
    seen = past.measured(rows, axis, since=low, until=high)
    mine = [row for row in rows if row.counts and low <= row.submitted < high]
    _enough(team, mine, int(seen["n"]), high)
    start = max(until - FIT_WEEKS * WEEK, since)
    short = past.axis_for(team, start, until)
    plan = Plan(learned, short, present(team, short), Change(), 0.0, FIT_SEED, ORDER)
    share = fitted_share(plan, float(seen["turn_mean"]))
    return replace(learned, share=share), seen, len(mine)


def _enough(team: Team, mine: list[past.Past], done: int, until: float) -> None:
    days = int((until - mine[0].submitted) // 86_400) if mine else 0
    if done < LEAST_DONE or days < LEAST_DAYS:
        raise TooLittle(
            f"It takes {LEAST_DONE} finished requests from {LEAST_DAYS} days or more to learn from. "
            f"{team} has {done} from {days} day{'' if days == 1 else 's'} so far."
        )
    if not coordinators(team):
        raise TooLittle(f"Nobody works the queue of {team}: no coordinator belongs to this team.")


def learned_for(team: Team, *, weeks: int, until: datetime, at: datetime) -> Learned:
    """What the `weeks` before `until` teach; learned once, then kept.

    :raises TooLittle: with words for the page.
    """
    since = until - weeks * WEEK
    known = Learned.objects.filter(team=team, since=since, until=until).order_by("-pk").first()
    if known is not None:
        return known
    rows = past.read(team, since, until)
    axis = past.axis_for(team, since, until)
    found, seen, arrived = lesson(team, rows, axis, since=since, until=until)
    return Learned.objects.create(
        team=team, since=since, until=until, data=dumped(found), measured=seen, requests=arrived,
        made_at=at,
    )  # fmt: skip


def forget(*, at: datetime) -> int:
    """Drop what was learned for a day's forecasts; what scenarios were played with stays."""
    old = Learned.objects.filter(made_at__lt=at - KEPT).filter(Q(scenarios=None))
    return old.delete()[0]
