"""Work that lies unevenly within a team, and waits for it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.db import connection

from desk.models import Assignment, Worker
from improve import stats
from improve.detectors.base import HOUR, Change, Detector, Measured, Unit, Words, hours, percent
from improve.period import Period
from improve.stats.exact import Floats
from people.models import Absence, Role, Team, User

WEEK: Final = 7 * 86_400.0
RESAMPLES: Final = 399
ABSENT: Final = 0.5  # away for so much of a week, it says nothing about her share
ROWS: Final = """
WITH first AS (
    SELECT DISTINCT ON (s.request_id) s.request_id, s.user_id
    FROM desk_custodyspan s JOIN desk_salesrequest r ON r.id = s.request_id
    WHERE s.party = 'desk' AND s.user_id IS NOT NULL
        AND r.submitted_at >= %(start)s AND r.submitted_at < %(end)s
    ORDER BY s.request_id, s.started_at, s.id
)
SELECT r.team_id, f.user_id, r.id, extract(epoch FROM r.submitted_at)::float8,
    coalesce(sum(s.business_seconds), 0)::float8
FROM first f JOIN desk_salesrequest r ON r.id = f.request_id
JOIN desk_custodyspan s ON s.request_id = f.request_id AND s.party = 'desk' AND s.user_id = f.user_id
GROUP BY r.team_id, f.user_id, r.id
"""


class Uneven(Detector):
    code = "uneven"
    title = "The load is uneven"
    short = "Uneven load"
    about = "One coordinator of a team gets more than the others, week after week, and it waits longer with her."
    effect_words = "above an even share"
    effect_unit = "percent"
    test = "Permutation of colleagues within each week; bootstrap over weeks"
    minimum = 100
    least, least_low, least_later = 0.30, 0.15, 0.20

    def read(self, period: Period) -> list[Unit]:
        with connection.cursor() as sql:
            sql.execute(ROWS, {"start": period.start, "end": period.end})
            rows = sql.fetchall()
        people = _coordinators()
        own: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            if row[1] in people.get(row[0], ()):
                own[row[0]].append(row)
        away = _away({user for team in people.values() for user in team}, period)
        return [
            _unit(team, people[team], taken, away, period)
            for team, taken in sorted(own.items()) if len(people[team]) > 1
        ]  # fmt: skip

    def key_of(self, about: Mapping[str, Any]) -> str:
        return f"uneven:{about['team']}"

    def count(self, unit: Unit) -> int:
        return unit.at.size

    def measure(self, unit: Unit, rng: np.random.Generator) -> Measured:
        table = by_week(unit)
        sums = table.sum(axis=0)
        top = int(sums.argmax())
        fair = float(sums.mean())
        effect = float(sums[top]) / fair - 1 if fair else 0.0
        low, high = _band(table, top, rng)
        mine = unit["person"] == top
        excess = max(float(sums[top]) - fair, 0.0)
        waits = unit["seconds"] / HOUR
        longer = _longer(waits, mine, rng)
        months = unit.period.months
        numbers = {
            "top": unit.extra["people"][top], "n": float(sums[top]), "fair": fair, "excess": excess,
            "mine": float(waits[mine].mean()) if mine.any() else 0.0,
            "others": float(waits[~mine].mean()) if (~mine).any() else 0.0, "longer": longer[0],
        }  # fmt: skip
        return Measured(
            unit.at.size, effect, low, high, stats.exchangeable_above(table, rng), effect,
            excess * longer[0] / months, excess * longer[1] / months, excess * longer[2] / months, numbers,
        )  # fmt: skip

    def lost(self, unit: Unit) -> Floats:
        sums = by_week(unit).sum(axis=0)
        top, fair = int(sums.argmax()), float(sums.mean())
        mine = unit["person"] == top
        others = unit["seconds"][~mine]
        if not mine.any() or not others.size or sums[top] <= 0:
            return np.zeros(unit.at.size)
        share = max(float(sums[top]) - fair, 0.0) / float(sums[top])
        longer = np.maximum(unit["seconds"] - float(others.mean()), 0.0) / HOUR
        found: Floats = mine * longer * share
        return found

    def words(self, unit: Unit, found: Measured) -> Words:
        team = Team.objects.get(pk=unit.about["team"])
        say = found.numbers
        names = dict(User.objects.filter(pk__in=unit.extra["people"]).values_list("pk", "name"))
        top = User.objects.get(pk=say["top"])
        sums = by_week(unit).sum(axis=0)
        return Words(
            title=f"{team}: {top} gets {percent(found.effect)} more than an even share",
            summary=f"{say['n']:,.0f} requests went to {top} first, {say['fair']:,.0f} would be even. They wait {hours(say['mine'])} "
                    f"of working time there, {hours(say['others'])} with colleagues.",
            bars_title="Requests taken first, by coordinator (weeks away filled in)", bars_unit="number",
            bars=[
                {"label": names.get(key, "Somebody"), "value": round(float(n)), "note": "", "own": key == say["top"]}
                for key, n in zip(unit.extra["people"], sums, strict=True)
            ],
            lines=[
                (f"Taken first by {top}", "weeks away count as even", f"{say['n']:,.0f}"),
                ("Even share", f"{sums.sum():,.0f} ÷ {len(sums)} coordinators", f"{say['fair']:,.0f}"),
                ("Above it", f"{say['n']:,.0f} − {say['fair']:,.0f}", f"{say['excess']:,.0f}"),
                ("Longer with her or him", f"{hours(say['mine'])} − {hours(say['others'])}", hours(say["longer"])),
                ("Hours lost in a month", f"{say['excess']:,.0f} × {hours(say['longer'])} ÷ {unit.period.months:.1f} months", hours(found.hours)),
            ],
            change=_change(team, top, say["fair"] / max(say["n"], 1)),
            team=team.pk,
        )  # fmt: skip


def by_week(unit: Unit) -> Floats:
    """How many each took in each week; a week away is filled with what the others had on average."""
    start = unit.period.start.timestamp()
    people = unit.extra["people"]
    weeks = max(1, int(np.ceil((unit.period.end.timestamp() - start) / WEEK)))
    table = np.zeros((weeks, len(people)))
    place = np.clip(((unit.at - start) // WEEK).astype(int), 0, weeks - 1)
    np.add.at(table, (place, unit["person"].astype(int)), 1)
    absent = _absent(unit, start, table.shape)
    for week in np.flatnonzero(absent.any(axis=1)):
        here = ~absent[week]
        table[week, absent[week]] = table[week, here].mean() if here.any() else 0.0
    return table


def _absent(unit: Unit, start: float, shape: tuple[int, ...]) -> Any:
    gone = np.zeros(shape)
    begins = start + WEEK * np.arange(shape[0])
    for person, since, until in unit.extra["away"]:
        if person in unit.extra["people"]:
            both = np.minimum(begins + WEEK, until) - np.maximum(begins, since)
            gone[:, unit.extra["people"].index(person)] += np.maximum(both, 0) / WEEK
    return gone >= ABSENT


def _band(table: Floats, top: int, rng: np.random.Generator) -> tuple[float, float]:
    """95 % of how far the top one lies above an even share, by resampling weeks."""
    picks = rng.integers(0, table.shape[0], (RESAMPLES, table.shape[0]))
    sums = table[picks].sum(axis=1)
    even = np.maximum(sums.mean(axis=1), 1e-9)
    low, high = np.quantile(sums[:, top] / even - 1, (0.025, 0.975))
    return float(low), float(high)


def _longer(waits: Floats, mine: Any, rng: np.random.Generator) -> tuple[float, float, float]:
    """How much longer a request stays with the top one: mean, low, high, in hours."""
    if not mine.any() or mine.all():
        return 0.0, 0.0, 0.0
    low, high = stats.difference_band(waits[mine], waits[~mine], rng)
    return float(waits[mine].mean() - waits[~mine].mean()), low, high


def _coordinators() -> dict[int, list[int]]:
    """{team: those who get new requests}."""
    resting = set(Worker.objects.filter(takes=False).values_list("user", flat=True))
    rows = User.objects.active().in_role(Role.COORDINATOR).exclude(team=None).order_by("pk")
    found: dict[int, list[int]] = defaultdict(list)
    for key, team in rows.values_list("pk", "team_id"):
        if key not in resting and team is not None:
            found[team].append(key)
    return found


def _away(people: set[int], period: Period) -> list[tuple[int, float, float]]:
    rows = Absence.objects.touching(period.start, period.end).filter(user__in=people)
    return [
        (user, since.timestamp(), until.timestamp())
        for user, since, until in rows.values_list("user_id", "starts_at", "ends_at")
    ]


def _unit(
    team: int,
    people: list[int],
    rows: list[Any],
    away: list[tuple[int, float, float]],
    period: Period,
) -> Unit:
    places = {key: n for n, key in enumerate(people)}
    columns = {
        "person": np.array([float(places[row[1]]) for row in rows]),
        "seconds": np.array([row[4] for row in rows]), "id": np.array([float(row[2]) for row in rows]),
    }  # fmt: skip
    at = np.array([row[3] for row in rows])
    about = {"team": team}
    return Unit(UNEVEN.key_of(about), about, at, columns, period, {"people": people, "away": away})


def _change(team: Team, top: User, share: float) -> Change:
    """Fewer open ones at once for whoever has the most: what an even share would be."""
    rule = Assignment.objects.filter(team=team).first()
    worker = Worker.objects.filter(user=top).first()
    usual = rule.capacity if rule is not None else 25
    now = worker.capacity if worker is not None and worker.capacity is not None else usual
    fair = max(1, round(now * share))
    words = f"Let {top} have at most {fair} open requests instead of {now}"
    if worker is None:
        query = {"user": top.pk, "takes": "on", "capacity": fair}
        return Change(
            words,
            "desk:settings_add",
            ["coordinators"],
            query,
            "desk.change_requesttype",
            ("desk.setting.added", 0, "desk.worker"),
        )
    return Change(
        words, "desk:settings_edit", ["coordinators", worker.pk], {"capacity": fair},
        "desk.change_requesttype", ("desk.setting.changed", worker.pk, "desk.worker"),
        {"capacity": now if worker.capacity is not None else ""},
    )  # fmt: skip


UNEVEN: Final = Uneven()
