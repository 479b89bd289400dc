"""What was said of each day against what happened; days before the first forecast are said again,
from what was known on their mornings."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from forecast.engine.axis import Axis
from forecast.engine.sampling import Learned
from forecast.models import BreachForecast, Chance
from forecast.queries import past
from forecast.services.breaches import WEEKS, Horizon, chances_of, horizon, play, put, store
from forecast.services.learning import TooLittle, lesson, present
from kit.business_time import BusinessTimeError
from people import calendars
from people.models import Team

DAYS: Final = 20  # working days that are looked back upon
KEPT: Final = timedelta(days=90)
TURN: Final = timedelta(seconds=20)  # for saying old days again, in one wake-up
WEEK: Final = timedelta(weeks=1)


def look_back(*, at: datetime) -> int:
    """Hold what was said against what happened, and say old days again; returns how many days were
    settled."""
    until = timezone.now() + TURN
    settled = 0
    for team in Team.objects.filter(requests__isnull=False).distinct().select_related("calendar"):
        try:
            days = days_without(team, at=at)
        except BusinessTimeError:
            continue  # a team without working hours has no days
        for day in days:
            if timezone.now() > until:
                break
            replay(team, day)
        settled += settle(team, at=at)
    BreachForecast.objects.filter(kept=True, made_at__lt=at - KEPT).delete()
    return settled


def days_without(team: Team, *, at: datetime) -> list[date]:
    """Working days before today without a forecast, the newest first."""
    time = calendars.for_team(team)
    known = set(BreachForecast.objects.filter(team=team, kept=True).values_list("day", flat=True))
    today, here = horizon(team, at).day, 1
    found: list[date] = []
    while len(found) < DAYS and here < DAYS * 3:
        day = today - timedelta(days=here)
        here += 1
        start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(team.calendar.zone))
        if time.seconds_between(start, start + timedelta(days=1)):
            found.append(day)
    return [day for day in found if day not in known]


def replay(team: Team, day: date) -> BreachForecast:
    """Say of an old day what would have been said when it began: nothing later is looked at."""
    ahead = horizon(
        team, datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(team.calendar.zone))
    )
    now, since = ahead.opens, ahead.opens - WEEKS * WEEK
    row = BreachForecast(
        team=team, made_at=now, day=day, kept=True, replayed=True, today_until=ahead.today,
        week_until=ahead.week,
    )  # fmt: skip
    rows = past.read(team, since, now)
    axis = past.axis_for(team, since, now)
    try:
        learned, _, arrived = lesson(team, rows, axis, since=since, until=now)
    except TooLittle as why:
        row.missing = str(why)
        row.save(force_insert=True)
        return row
    chances = _spoken(row, team, rows, learned, ahead)
    row.basis |= {"requests": arrived, "share": learned.share, "weeks": WEEKS}
    with transaction.atomic():
        store(row, chances)
    return row


def _spoken(
    row: BreachForecast, team: Team, rows: list[past.Past], learned: Learned, ahead: Horizon
) -> list[Chance]:
    now = ahead.opens.timestamp()
    behind = past.axis_for(team, ahead.opens - WEEKS * WEEK, ahead.opens)
    live = past.open_at(rows, behind, now, past.Hands(rows, behind, now))
    axis = past.axis_for(team, ahead.opens, ahead.week)
    opened = [one for _, _, one in live]
    said = play(
        opened, learned, axis, present(team, axis), seed=int(now) // 60,
        today=float(axis.clock(ahead.today.timestamp())),
    )  # fmt: skip
    put(row, said, opened)
    return chances_of(live, said, behind, now)


def settle(team: Team, *, at: datetime) -> int:
    """Write down what happened on days that are over."""
    over = BreachForecast.objects.filter(
        team=team, kept=True, happened=None, missing="", today_until__lt=at
    )
    days = list(over.order_by("day", "pk"))
    if not days:
        return 0
    since = days[0].made_at - WEEKS * WEEK
    axis = past.axis_for(team, since, days[-1].today_until or at)
    broken: dict[int, float] = {}
    for one in past.read(team, since, days[-1].today_until or at):
        moment = past.broke_at(one, axis)
        if moment is not None:
            broken[one.pk] = moment
    for row in days:
        _settle(row, broken, axis)
    return len(days)


@transaction.atomic
def _settle(row: BreachForecast, broken: dict[int, float], axis: Axis) -> None:
    assert row.today_until is not None  # noqa: S101 - asked for by settle
    start, end = (float(axis.clock(m.timestamp())) for m in (row.made_at, row.today_until))
    that_day = [pk for pk, moment in broken.items() if start < moment <= end]
    row.chances.filter(request_id__in=that_day).update(broke=True)
    row.chances.filter(broke=None).update(broke=False)
    row.happened = len(that_day)
    row.save(update_fields=["happened"])
