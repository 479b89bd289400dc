"""Working hours laid end to end: one axis of business seconds, cut at every hour of the wall clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HOUR: Final = 3600
HOURS_A_WEEK: Final = 168


@dataclass(frozen=True)
class Axis:
    """Segment i runs from `walls[i]` to `walls[i + 1]` (UTC timestamps); at its beginning the business
    clock reads `clocks[i]`, and it stands still where nobody works. `hours[i]` is the hour of the
    week (0 is Monday, midnight to one)."""

    walls: Floats
    clocks: Floats
    hours: Ints

    @property
    def total(self) -> float:
        """Business seconds of the whole axis."""
        return float(self.clocks[-1])

    @property
    def open(self) -> NDArray[np.bool_]:
        """Which segments have working time."""
        return np.diff(self.clocks) > 0

    def clock(self, moments: Any) -> Any:
        """What the business clock reads at these UTC timestamps."""
        return np.interp(moments, self.walls, self.clocks)

    def hours_worked(self) -> Floats:
        """How many business seconds of each hour of the week the axis has."""
        seen: Floats = np.bincount(self.hours, np.diff(self.clocks), HOURS_A_WEEK).astype(float)
        return seen


def axis_of(
    open_hours: Iterable[tuple[datetime, datetime]], *, start: datetime, end: datetime, zone: str
) -> Axis:
    """The axis of [start, end) with these open intervals, cut at the hours of `zone`."""
    low, high = start.timestamp(), end.timestamp()
    spans = [(max(a.timestamp(), low), min(b.timestamp(), high)) for a, b in open_hours]
    spans = [(a, b) for a, b in spans if a < b]
    marks, tz = {low, high}, ZoneInfo(zone)
    marks.update(edge for span in spans for edge in span)
    here = low
    while here < high:
        wall = datetime.fromtimestamp(here, tz)
        here += HOUR - (wall.minute * 60 + wall.second + wall.microsecond / 1e6)
        marks.add(min(here, high))
    walls = np.array(sorted(marks))
    opened = np.array([edge for span in spans for edge in span])
    read = np.concatenate([[0.0], np.cumsum([b - a for a, b in spans])])
    clocks = np.interp(walls, opened, np.repeat(read, 2)[1:-1]) if spans else np.zeros(len(walls))
    return Axis(walls, clocks, np.array([_hour_of_week(w, tz) for w in walls[:-1]], dtype=int))


def _hour_of_week(moment: float, tz: ZoneInfo) -> int:
    wall = datetime.fromtimestamp(moment, UTC).astimezone(tz)
    return wall.weekday() * 24 + wall.hour
