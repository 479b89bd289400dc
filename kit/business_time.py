"""Business time: seconds between two instants that fall into working hours.

Working hours are wall times of an IANA zone. Each year's open intervals are turned into UTC once;
prefix sums over them answer `seconds_between` and `add` in O(log n). Elapsed time is always taken
in UTC, so a day on which the clocks change has the seconds that it really had.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import floor
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Pairs = tuple[tuple[int, int], ...]
Week = tuple[Pairs, ...]
Interval = tuple[datetime, datetime]
MINUTES_A_DAY = 1440
YEARS_AHEAD = 50


class BusinessTimeError(Exception):
    """The calendar cannot answer; the message is fit for people to read."""


def whole(at: datetime) -> datetime:
    """The second that an instant lies in."""
    return at.replace(microsecond=0)


def whole_seconds(start: datetime, end: datetime) -> int:
    """Seconds from one whole second to another: those of spans that meet add up to the whole,
    which rounding each span by itself would not."""
    return floor(end.timestamp()) - floor(start.timestamp())


@dataclass
class _Year:
    """Open intervals that begin in one local year, as UTC timestamps, with prefix sums."""

    starts: list[float]
    ends: list[float]
    before: list[float]  # seconds open before interval i of this year
    total: float


@dataclass
class WorkingTime:
    """Weekly hours on a zone's wall clock, less holidays and absences.

    :param week: seven tuples, Monday first, of (start, end) minutes of the day, 0 to 1440.
    :param zone: IANA name.
    :param holidays: local dates on which nobody works.
    :param away: [start, end) instants taken out.
    :raises BusinessTimeError: for overlapping or impossible hours, or an unknown zone.
    """

    week: Week
    zone: str
    holidays: frozenset[date] = frozenset()
    away: tuple[Interval, ...] = ()
    _years: dict[int, _Year] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self.week)
        try:
            self._tz = ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
            raise BusinessTimeError(f"“{self.zone}” is not a time zone.") from unknown

    def seconds_between(self, start: datetime, end: datetime) -> int:
        """Business seconds in [start, end); 0 when `end` is not after `start`."""
        if end <= start:
            return 0
        return round(self._clock(end, start) - self._clock(start, start))

    def add(self, start: datetime, seconds: int) -> datetime:
        """The first instant at which `seconds` business seconds have passed since `start`.

        With 0 seconds: `start` itself when open, else the next opening.

        :raises BusinessTimeError: if the calendar has no working hours within fifty years.
        """
        first = self._year_of(start)
        wanted = self._clock(start, start) + seconds
        for year in range(first, first + YEARS_AHEAD):
            block = self._block(year)
            if block.starts and wanted <= block.total:
                found = self._at(block, wanted, start)
                if found is not None:
                    return found
            wanted -= block.total
        raise BusinessTimeError("This calendar has no working hours.")

    def is_open(self, at: datetime) -> bool:
        """Whether somebody works at this instant."""
        moment = at.timestamp()
        year = self._year_of(at)
        for block in (self._block(year - 1), self._block(year)):
            i = bisect_right(block.starts, moment) - 1
            if i >= 0 and moment < block.ends[i]:
                return True
        return False

    def intervals(self, start: datetime, end: datetime) -> list[Interval]:
        """Open intervals within [start, end), clipped, in UTC."""
        low, high = start.timestamp(), end.timestamp()
        found = []
        for year in range(self._year_of(start) - 1, self._year_of(end) + 1):
            block = self._block(year)
            i = max(bisect_right(block.starts, low) - 1, 0)
            while i < len(block.starts) and block.starts[i] < high:
                a, b = max(block.starts[i], low), min(block.ends[i], high)
                if a < b:
                    found.append((_utc(a), _utc(b)))
                i += 1
        return found

    def _clock(self, at: datetime, since: datetime) -> float:
        """Business seconds from the beginning of the local year of `since` until `at`."""
        moment = at.timestamp()
        total = 0.0
        for year in range(self._year_of(since), self._year_of(at) + 1):
            block = self._block(year)
            i = bisect_right(block.starts, moment)
            if i:
                total += block.before[i - 1] + min(moment, block.ends[i - 1]) - block.starts[i - 1]
        return total

    def _at(self, block: _Year, wanted: float, start: datetime) -> datetime | None:
        """Where in this year the clock first reads `wanted`, not before `start`."""
        low = start.timestamp()
        for i in range(max(bisect_right(block.before, wanted) - 2, 0), len(block.starts)):
            reached = block.starts[i] + wanted - block.before[i]
            moment = max(reached, block.starts[i], low)
            fits = moment < block.ends[i] or (moment == block.ends[i] and moment > low)
            if reached <= block.ends[i] and fits:
                return _utc(moment)
        return None

    def _year_of(self, at: datetime) -> int:
        return at.astimezone(self._tz).year

    def _block(self, year: int) -> _Year:
        if year not in self._years:
            self._years[year] = self._build(year)
        return self._years[year]

    def _build(self, year: int) -> _Year:
        pieces = list(_without(self._hours_of(year), self.away))
        starts, ends = [a for a, _ in pieces], [b for _, b in pieces]
        sums = list(accumulate((b - a for a, b in pieces), initial=0.0))
        return _Year(starts, ends, sums[:-1], sums[-1])

    def _hours_of(self, year: int) -> Iterable[tuple[float, float]]:
        """Every open stretch of a local year; touching and overlapping ones are joined."""
        last: tuple[float, float] | None = None
        day = date(year, 1, 1)
        while day.year == year:
            if day not in self.holidays:
                for a, b in self.week[day.weekday()]:
                    start, end = self._instant(day, a, last=False), self._instant(day, b, last=True)
                    if last is not None and start <= last[1]:
                        last = (last[0], max(last[1], end))
                    elif start < end:
                        if last is not None:
                            yield last
                        last = (start, end)
            day += timedelta(days=1)
        if last is not None:
            yield last

    def _instant(self, day: date, minute: int, *, last: bool) -> float:
        """The UTC timestamp of a wall time. In a gap: the first instant after it. Said twice by the
        clock: the first for a beginning, the second for an end, so that both hours count; but a
        day is over when midnight comes first."""
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall time
        fold = int(last and minute < MINUTES_A_DAY)
        wall = (midnight + timedelta(minutes=minute)).replace(tzinfo=self._tz, fold=fold)
        there = wall.astimezone(UTC)
        if there.astimezone(self._tz).replace(tzinfo=None) != wall.replace(tzinfo=None):
            return self._after_gap(wall)
        return there.timestamp()

    def _after_gap(self, wall: datetime) -> float:
        """The instant at which the clock jumped over `wall`."""
        before = wall.replace(fold=0).utcoffset() or timedelta()
        after = wall.replace(fold=1).utcoffset() or timedelta()
        naive = wall.replace(tzinfo=UTC).timestamp()
        low, high = sorted((naive - before.total_seconds(), naive - after.total_seconds()))
        target = _utc(low - 1).astimezone(self._tz).utcoffset()
        while high - low > 1:
            middle = (low + high) // 2
            if _utc(middle).astimezone(self._tz).utcoffset() == target:
                low = middle
            else:
                high = middle
        return high


def _utc(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def _check(week: Week) -> None:
    if len(week) != 7:  # noqa: PLR2004 - days
        raise BusinessTimeError("A week has seven days.")
    for pairs in week:
        last = 0
        for start, end in pairs:
            if not last <= start < end <= MINUTES_A_DAY:
                raise BusinessTimeError("Working hours of a day must follow each other.")
            last = end


def _without(
    pieces: Iterable[tuple[float, float]], away: tuple[Interval, ...]
) -> Iterable[tuple[float, float]]:
    """Take the absences out of the open stretches."""
    cuts = sorted((a.timestamp(), b.timestamp()) for a, b in away)
    for start, end in pieces:
        here = start
        for a, b in cuts:
            if b <= here or a >= end:
                continue
            if a > here:
                yield here, a
            here = max(here, b)
        if here < end:
            yield here, end
