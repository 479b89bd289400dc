"""Four weeks of a team: who works, who is away, who covers, and on which days too few are here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from kit.business_time import Interval
from people import calendars
from people.models import Absence, Team, User

WEEKS: Final = 4


@dataclass(frozen=True)
class Cell:
    """One person on one day. `seconds` are left of the `planned` ones after absences."""

    user: User
    planned: int
    seconds: int
    covered_by: str = ""
    cover_away: bool = False  # one of those who cover is away in that time too

    @property
    def state(self) -> str:
        if not self.planned:
            return "off"
        if not self.seconds:
            return "away"
        return "here" if self.seconds == self.planned else "partly"


@dataclass(frozen=True)
class Day:
    on: date
    cells: list[Cell]
    minimum: int

    @property
    def planned(self) -> int:
        return sum(cell.planned > 0 for cell in self.cells)

    @property
    def here(self) -> int:
        """Those who work at least a part of the day."""
        return sum(cell.seconds > 0 for cell in self.cells)

    @property
    def here_words(self) -> str:
        return f"{self.here} of {self.planned} here"

    @property
    def short(self) -> bool:
        """Too few on a day on which the team works."""
        return self.planned > 0 and self.here < self.minimum

    @property
    def missing(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.state in {"away", "partly"}]


@dataclass(frozen=True)
class Week:
    days: list[Day]

    @property
    def people(self) -> list[tuple[User, list[tuple[Day, Cell]]]]:
        """The table's rows: each person with a cell for each day."""
        return [
            (cell.user, [(day, day.cells[n]) for day in self.days])
            for n, cell in enumerate(self.days[0].cells)
        ]


@dataclass
class _Person:
    user: User
    work: dict[date, list[Interval]] = field(default_factory=dict)
    away: list[Absence] = field(default_factory=list)
    of_covers: list[Absence] = field(default_factory=list)


def monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def plan(team: Team, since: date) -> list[Week]:
    """Four weeks from the Monday of `since`; days are those of the team's calendar.

    Three statements, however many people: members, their absences, those of who covers.
    """
    first = monday(since)
    zone = ZoneInfo(team.calendar.zone)
    days = [first + timedelta(days=n) for n in range(7 * WEEKS)]
    start, end = _midnight(first, zone), _midnight(days[-1] + timedelta(days=1), zone)
    people = _people(team, start, end, zone)
    made = [Day(on, [_cell(p, on) for p in people], team.minimum_present) for on in days]
    return [Week(made[n : n + 7]) for n in range(0, len(made), 7)]


def _people(team: Team, start: datetime, end: datetime, zone: ZoneInfo) -> Sequence[_Person]:
    """Active members by name, with what they would work each day, and their absences."""
    found = {u.pk: _Person(u) for u in User.objects.active().filter(team=team).by_name()}
    for person in found.values():
        time_ = calendars.working_time(team.calendar, zone=person.user.zone)
        for a, b in time_.intervals(start, end):
            person.work.setdefault(a.astimezone(zone).date(), []).append((a, b))
    rows = Absence.objects.touching(start, end).filter(user__in=found)
    for row in rows.select_related("backup").order_by("starts_at", "pk"):
        found[row.user_id].away.append(row)
    backups = {row.backup_id for person in found.values() for row in person.away}
    covers = list(Absence.objects.touching(start, end).filter(user__in=backups - {None}))
    for person in found.values():
        own = {row.backup_id for row in person.away}
        person.of_covers = [row for row in covers if row.user_id in own]
    return list(found.values())


def _cell(person: _Person, on: date) -> Cell:
    work = person.work.get(on, [])
    planned = sum(_seconds(a, b) for a, b in work)
    touching = [row for row in person.away if any(_overlap(row, piece) for piece in work)]
    cuts = _joined([(row.starts_at, row.ends_at) for row in touching])
    gone = sum(_seconds(max(a, c), min(b, d)) for a, b in work for c, d in cuts)
    covers = dict.fromkeys(str(row.backup) for row in touching if row.backup)
    cover_away = any(
        other.user_id == row.backup_id and any(_overlap(other, piece) for piece in work)
        and _overlap(other, (row.starts_at, row.ends_at))
        for row in touching for other in person.of_covers
    )  # fmt: skip
    return Cell(person.user, planned, planned - gone, ", ".join(covers), cover_away)


def _joined(spans: list[Interval]) -> list[Interval]:
    """Absences that overlap count once; they come in the order of their beginnings."""
    found: list[Interval] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _overlap(row: Absence, piece: Interval) -> bool:
    return row.starts_at < piece[1] and row.ends_at > piece[0]


def _seconds(start: datetime, end: datetime) -> int:
    return max(round((end - start).total_seconds()), 0)


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(0), tzinfo=zone).astimezone(UTC)
