"""Who holds how much, how old it is, and which promises will break at the pace of the last weeks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Min, Q

from desk.models import Assignment, SalesRequest, Worker
from people import calendars
from people.models import Absence, Role, Team, User

PACE: Final = timedelta(days=28)
DAY: Final = timedelta(days=1)
WORKING_DAY: Final = 8 * 3600
USUAL_CAPACITY: Final = 25


@dataclass(frozen=True)
class Held:
    """What one coordinator holds."""

    user: User
    open: int
    late: int
    today: int
    paused: int
    oldest: datetime | None
    capacity: int
    away_until: datetime | None
    covered_by: str

    @property
    def share(self) -> float:
        return self.open / self.capacity if self.capacity else 1.0


@dataclass(frozen=True)
class Forecast:
    """A team's open promises against its pace: which cannot be kept if nothing changes."""

    team: Team
    waiting: int
    open: int
    per_day: float
    breaches: int

    @property
    def days(self) -> float | None:
        """Working days that the open ones take at this pace."""
        return self.open / self.per_day if self.per_day else None


@dataclass(frozen=True)
class Workload:
    people: list[Held]
    teams: list[Forecast]


def workload(now: datetime) -> Workload:
    """Everybody who works the queue, the fullest first, and the forecast of each team."""
    teams = Team.objects.filter(requests__isnull=False).select_related("calendar").distinct()
    forecasts = [_forecast(team, now) for team in teams.order_by("name", "pk")]
    return Workload(_people(now), [line for line in forecasts if line.open])


def _people(now: datetime) -> list[Held]:
    held = ~Q(held_requests__status="done")
    rows = User.objects.active().in_role(Role.COORDINATOR).annotate(
        held=Count("held_requests", filter=held),
        late=Count("held_requests", filter=held & Q(held_requests__due_at__lte=now)),
        today=Count("held_requests", filter=held & Q(held_requests__due_at__lte=now + DAY)),
        paused=Count("held_requests", filter=held & Q(held_requests__due_at=None)),
        oldest=Min("held_requests__submitted_at", filter=held),
    )  # fmt: skip
    limits = dict(Assignment.objects.values_list("team", "capacity"))
    own = {w.user_id: w for w in Worker.objects.all()}
    away: dict[int, Any] = {
        a.user_id: a
        for a in Absence.objects.filter(starts_at__lte=now, ends_at__gt=now).select_related(
            "backup"
        )
    }
    return [_held(row, limits, own.get(row.pk), away.get(row.pk)) for row in
            rows.order_by("-held", "name", "pk")]  # fmt: skip


def _held(row: Any, limits: dict[int, int], own: Worker | None, away: Absence | None) -> Held:
    usual = limits.get(row.team_id or 0, USUAL_CAPACITY)
    capacity = own.capacity if own and own.capacity is not None else usual
    return Held(
        row, row.held, row.late, row.today - row.late, row.paused, row.oldest, capacity,
        away.ends_at if away else None, str(away.backup) if away and away.backup else "",
    )  # fmt: skip


def _forecast(team: Team, now: datetime) -> Forecast:
    """In the order of their promises, the n-th open request is done when n have been, at the rate
    of the last four weeks of working time; those whose promise comes before that will break."""
    time = calendars.for_team(team)
    done = SalesRequest.objects.filter(
        team=team, outcome="resolved", resolved_at__gte=now - PACE
    ).count()
    worked = time.seconds_between(now - PACE, now)
    rows = SalesRequest.objects.open().filter(team=team)
    dues: list[Any] = list(
        rows.filter(due_at__isnull=False).by_due().values_list("due_at", flat=True)[:2_000]
    )
    each = worked / done if done else None
    breaches = sum(
        due <= now or each is None or time.seconds_between(now, due) < each * place
        for place, due in enumerate(dues, 1)
    )
    per_day = done / (worked / WORKING_DAY) if worked else 0.0
    return Forecast(team, rows.filter(status="new").count(), rows.count(), per_day, breaches)
