"""A scenario's figures with their bands; scenarios side by side; what forecasts were worth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from forecast.engine.stats import Band, band, difference, known
from forecast.models import BreachForecast, Chance, Scenario
from forecast.queries.past import axis_for
from people.models import Team

MOST_COMPARED: Final = 4
LONGEST_KEY: Final = 18
GROUPS: Final = ((0.0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01))


@dataclass(frozen=True)
class Figure:
    """What a figure is: its unit, and which way is better (-1 low, 1 high, 0 neither)."""

    name: str
    label: str
    unit: str
    better: int
    hint: str = ""


FIGURES: Final = (
    Figure("in_promise", "Kept in promise", "percent", 1, "Of the promises that fell due."),
    Figure("breaches", "Broken promises a week", "number", -1),
    Figure("turn_median", "Turnaround, median", "work", -1, "Submitted to resolved, working time."),
    Figure("turn_p90", "Turnaround, p90", "work", -1),
    Figure("wait_median", "Wait for a coordinator, median", "work", -1),
    Figure("wait_p90", "Wait for a coordinator, p90", "work", -1),
    Figure("busy", "Coordinators at work", "percent", 0, "Of their working time."),
    Figure("queue", "Waiting at the desk, on average", "number", -1),
    Figure("arrived", "Requests a week", "number", 0),
    Figure("finished", "Finished a week", "number", 0),
)


def level(figure: Figure, values: Sequence[float | None]) -> Band:
    """The band of a figure, cut where no value can lie: below nought, and above one for shares."""
    found = band(known(values))
    most = 1.0 if figure.unit == "percent" else float("inf")
    return replace(found, low=max(found.low, 0.0), high=min(found.high, most))


@dataclass(frozen=True)
class Line:
    figure: Figure
    band: Band
    measured: float | None


@dataclass(frozen=True)
class Answer:
    """What a scenario says, as far as it was played."""

    lines: list[Line]
    busy: dict[int, float]
    queue: dict[int, float]
    days: list[dict[str, Any]]
    warm_days: int
    played: int


def played_rows(row: Scenario) -> list[dict[str, Any]]:
    return list(row.played.order_by("number").values_list("figures", flat=True))


def answer(row: Scenario) -> Answer:
    """The bands over the replications that were played."""
    rows = played_rows(row)
    real = row.learned.measured if row.learned else {}
    lines = [
        Line(
            figure, level(figure, [r["figures"][figure.name] for r in rows]), real.get(figure.name)
        )
        for figure in FIGURES
    ]
    days, warm = _days(row, [r["by_day"] for r in rows])
    hours = ("busy", "queue")
    busy, queue = ({} if not rows else _hours([r["by_hour"][name] for r in rows]) for name in hours)
    return Answer(lines, busy, queue, days, warm, len(rows))


def _hours(rows: Sequence[dict[str, float]]) -> dict[int, float]:
    return {int(h): sum(row[h] for row in rows) / len(rows) for h in rows[0]}


def _days(row: Scenario, rows: Sequence[list[float]]) -> tuple[list[dict[str, Any]], int]:
    """The mean queue of each working day; and how many of the first are warm-up."""
    if not rows:
        return [], 0
    zone = ZoneInfo(row.team.calendar.zone)
    end = row.until + timedelta(weeks=row.warm_up + row.horizon)
    axis = axis_for(row.team, row.until, end + timedelta(days=1))
    opened = axis.walls[:-1][axis.open]
    labels: list[Any] = []
    for moment in opened:
        day = (
            (row.until + timedelta(seconds=float(moment) - row.until.timestamp()))
            .astimezone(zone)
            .date()
        )
        if not labels or labels[-1] != day:
            labels.append(day)
    warm = (row.until.astimezone(zone) + timedelta(weeks=row.warm_up)).date()
    points = []
    for place, values in enumerate(zip(*rows, strict=True)):
        found = band(list(values))
        here = labels[place] if place < len(labels) else None
        points.append({"label": f"{here.day} {here:%b}" if here else "", "value": found.mean,
                       "low": max(found.low, 0.0), "high": found.high})  # fmt: skip
    return points, sum(day < warm for day in labels)


@dataclass(frozen=True)
class Difference:
    """One scenario against the first, in one figure."""

    band: Band
    words: str
    tone: str


@dataclass(frozen=True)
class Compared:
    figure: Figure
    cells: list[tuple[Band, Difference | None]]
    most: float


def compare(
    rows: Sequence[Scenario], paired: Callable[[Scenario, Scenario], bool]
) -> list[Compared]:
    """Scenarios side by side; each against the first, with the band of the difference."""
    played = [played_rows(row) for row in rows]
    found = []
    for figure in FIGURES:
        columns = [[r["figures"][figure.name] for r in some] for some in played]
        bands = [level(figure, column) for column in columns]
        against = [None, *(
            _difference(figure, columns[0], other, same=paired(rows[0], row))
            for row, other in zip(rows[1:], columns[1:], strict=True)
        )]  # fmt: skip
        reach = [abs(v) for d in against if d for v in (d.band.low, d.band.high) if v == v]  # noqa: PLR0124 - no nan
        found.append(
            Compared(figure, list(zip(bands, against, strict=True)), max(reach, default=0))
        )
    return found


def _difference(
    figure: Figure, one: Sequence[float | None], other: Sequence[float | None], *, same: bool
) -> Difference:
    if same:
        pairs = [
            (a, b) for a, b in zip(one, other, strict=False) if a is not None and b is not None
        ]
        gap = difference([a for a, _ in pairs], [b for _, b in pairs], paired=True)
    else:
        gap = difference(known(one), known(other), paired=False)
    if not gap.n or gap.low <= 0 <= gap.high:
        return Difference(gap, "no clear difference", "")
    if not figure.better:
        return Difference(gap, "more" if gap.mean > 0 else "less", "")
    good = (gap.mean > 0) == (figure.better > 0)
    return Difference(gap, "better" if good else "worse", "ok" if good else "bad")


@dataclass(frozen=True)
class Group:
    """Requests of which about the same was said."""

    label: str
    n: int
    said: float
    happened: float


@dataclass(frozen=True)
class Worth:
    """What the forecasts of a team were worth. `skill` is the share of the Brier score of saying the
    mean of all every time that is taken away; below 0 the mean would have been better."""

    days: list[BreachForecast]
    n: int
    brier: float | None
    base: float | None
    skill: float | None
    groups: list[Group]
    inside: int


def worth(team: Team) -> Worth:
    """The days that are over, and the chances said on their mornings."""
    days = list(BreachForecast.objects.filter(team=team, kept=True, happened__isnull=False)
                .order_by("-day")[:60])  # fmt: skip
    rows = list(Chance.objects.filter(forecast__in=days, broke__isnull=False)
                 .order_by("pk").values_list("today", "broke"))  # fmt: skip
    inside = sum(day.today["low"] <= (day.happened or 0) <= day.today["high"] for day in days)
    pairs = [(said, bool(broke)) for said, broke in rows]
    if not pairs:
        return Worth(days, 0, None, None, None, [], inside)
    n, share = len(pairs), sum(broke for _, broke in pairs) / len(pairs)
    brier = sum((said - broke) ** 2 for said, broke in pairs) / n
    base = share * (1 - share)
    groups = [g for low, high in GROUPS if (g := _group(pairs, low, high)) is not None]
    return Worth(days, n, brier, base, 1 - brier / base if base else None, groups, inside)


def _group(pairs: Sequence[tuple[float, bool]], low: float, high: float) -> Group | None:
    some = [(said, broke) for said, broke in pairs if low <= said < high]
    if not some:
        return None
    n = len(some)
    label = f"{low * 100:.0f} to {min(high, 1) * 100:.0f} %"
    return Group(label, n, sum(s for s, _ in some) / n, sum(b for _, b in some) / n)


def as_json(rows: Sequence[dict[str, Any]], figure: Figure) -> dict[str, float | None]:
    """The band of one figure over played rows."""
    return _band(level(figure, [row["figures"][figure.name] for row in rows]))


def _band(found: Band) -> dict[str, float | None]:
    if not found.n:
        return {"mean": None, "low": None, "high": None, "n": 0}
    return {"mean": found.mean, "low": max(found.low, 0.0), "high": found.high, "n": found.n}


def line_as_json(line: Compared, keys: Sequence[int]) -> dict[str, Any]:
    cells = [
        {"scenario": key, **_band(one), "difference": _band(gap.band) if gap else None,
         "words": gap.words if gap else ""}
        for key, (one, gap) in zip(keys, line.cells, strict=True)
    ]  # fmt: skip
    return {"figure": line.figure.name, "label": line.figure.label, "scenarios": cells}


def picked(raw: Sequence[str]) -> list[Scenario]:
    """The played scenarios with these keys, in their order, at most four."""
    keys = [int(k) for k in raw if k.isascii() and k.isdecimal() and len(k) < LONGEST_KEY]
    rows = Scenario.objects.select_related("learned", "team").filter(pk__in=keys[:20])
    found = {row.pk: row for row in rows.filter(played__isnull=False).distinct()}
    return [found[key] for key in dict.fromkeys(keys) if key in found][:MOST_COMPARED]
