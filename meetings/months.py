"""Open times as a guest sees them: days of a month and hours of a day, on her own clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from kit.zones import zone_names
from meetings.words import Words, day_in, moment_in, month_in

REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific",
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One day of the grid; `open` if something is free on it."""

    on: date
    words: str
    open: bool
    chosen: bool

    @property
    def iso(self) -> str:
        return self.on.isoformat()


@dataclass(frozen=True)
class Hour:
    """One open time: as the address carries it, as the clock says it, in full."""

    code: str
    clock: str
    words: str
    chosen: bool = False


@dataclass(frozen=True)
class Month:
    title: str
    weeks: list[list[Cell | None]]
    earlier: str
    later: str
    day: date | None
    day_words: str
    hours: list[Hour]
    next_open: str = ""  # the first open day, if this month has none
    any_open: bool = True
    short_weekdays: Sequence[str] = field(default_factory=tuple)


def code_of(at: datetime) -> str:
    """How an address carries an instant: 2026-11-26T09:00Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def instant(code: str) -> datetime | None:
    """What `code_of` wrote; None for anything else."""
    try:
        return datetime.strptime(code, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def month_of(
    starts: Sequence[datetime], *, zone: str, words: Words, month: str, day: str,
    chosen: datetime | None = None,
) -> Month:  # fmt: skip
    """The month asked for (or that of the first open day), the day asked for (or its first open one).

    :param month: 2026-11; anything else counts as not asked.
    """
    clock = ZoneInfo(zone)
    days: dict[date, list[datetime]] = {}
    for start in starts:
        days.setdefault(start.astimezone(clock).date(), []).append(start)
    months = sorted({(on.year, on.month) for on in days})
    wanted_day = _day(day)
    here = _here(month, wanted_day, months)
    in_here = [on for on in sorted(days) if (on.year, on.month) == here]
    on = wanted_day if wanted_day and (wanted_day.year, wanted_day.month) == here else None
    on = on or (in_here[0] if in_here else None)
    return Month(
        title=month_in(words, datetime(*here, 1, tzinfo=UTC)) if here else "",
        weeks=_to_come(_weeks(here, days, on, words), here == months[0]) if here else [],
        earlier=_name([m for m in months if here and m < here][-1:]),
        later=_name([m for m in months if here and m > here][:1]),
        day=on, day_words=_words(on, words) if on else "",
        hours=[_hour(s, zone, words, chosen) for s in days.get(on, [])] if on else [],
        next_open=_words(min(days), words) if days and not in_here else "", any_open=bool(days),
        short_weekdays=words.short_weekdays,
    )  # fmt: skip


def hours_of(
    starts: Sequence[datetime], *, zone: str, words: Words, chosen: datetime | None = None
) -> list[Hour]:
    return [_hour(start, zone, words, chosen) for start in starts]


def _hour(start: datetime, zone: str, words: Words, chosen: datetime | None) -> Hour:
    there = start.astimezone(ZoneInfo(zone))
    return Hour(code_of(start), f"{there:%H:%M}", moment_in(words, start, zone), start == chosen)


def _words(on: date, words: Words) -> str:
    return day_in(words, datetime(on.year, on.month, on.day, tzinfo=UTC))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _here(
    month: str, day: date | None, months: Sequence[tuple[int, int]]
) -> tuple[int, int] | None:
    """A month asked for must lie between the first and the last that have something open."""
    if not months:
        return None
    try:
        at = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        wanted = (at.year, at.month)
    except ValueError:
        wanted = (day.year, day.month) if day else months[0]
    return min(max(wanted, months[0]), months[-1])


def _weeks(
    here: tuple[int, int], days: dict[date, list[datetime]], chosen: date | None, words: Words
) -> list[list[Cell | None]]:
    first = date(*here, 1)
    cells: list[Cell | None] = [None] * first.weekday()
    on = first
    while on.month == first.month:
        cells.append(Cell(on, _words(on, words), on in days, on == chosen))
        if on == date.max:
            break
        on = date.fromordinal(on.toordinal() + 1)
    cells += [None] * (-len(cells) % 7)
    return [cells[i : i + 7] for i in range(0, len(cells), 7)]


def _to_come(weeks: list[list[Cell | None]], first: bool) -> list[list[Cell | None]]:  # noqa: FBT001
    """The first month begins with the week of its first open day: nobody scrolls past dead days."""
    if not first:
        return weeks
    gone = next((n for n, week in enumerate(weeks) if any(c and c.open for c in week)), 0)
    return weeks[gone:]


def _name(months: Sequence[tuple[int, int]]) -> str:
    return f"{months[0][0]:04}-{months[0][1]:02}" if months else ""


@cache
def zones() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """All zones by region; those of no region (aliases, UTC) last, under an empty name."""
    groups: dict[str, list[str]] = {region: [] for region in (*REGIONS, "")}
    for name in sorted(zone_names()):
        region, slash, _ = name.partition("/")
        groups[region if slash and region in groups else ""].append(name)
    return tuple((region, tuple(names)) for region, names in groups.items() if names)
