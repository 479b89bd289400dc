"""Which facts a figure is about: period, team, type, clock. The URL says the same."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlencode

from kpis.definitions import Measure
from kpis.models import ALL

Clock = Literal["business", "calendar"]
DEFAULT_DAYS: Final = 90
WEEKS_AT_MOST: Final = 60  # a longer period is drawn by month


@dataclass(frozen=True)
class Filters:
    """Days are inclusive and cut in the reporting zone."""

    start: date
    end: date
    team: int | None = None
    type: int | None = None
    clock: Clock = "business"

    @classmethod
    def last_days(cls, today: date, days: int = DEFAULT_DAYS) -> "Filters":
        return cls(today - timedelta(days=days - 1), today)

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def before_start(self) -> date:
        """The period before is as long and ends the day before this one."""
        return max(self.start - timedelta(days=self.days), date(1, 1, 1))

    @property
    def step(self) -> Literal["week", "month"]:
        return "week" if self.days <= WEEKS_AT_MOST * 7 else "month"

    @property
    def query(self) -> str:
        known = {
            "from": self.start.isoformat(), "to": self.end.isoformat(), "team": self.team,
            "type": self.type, "clock": self.clock,
        }  # fmt: skip
        return urlencode({key: value for key, value in known.items() if value is not None})

    def cell(self) -> dict[str, Any]:
        """Parameters of a rollup query."""
        return {
            "start": self.start, "end": self.end, "before": self.before_start, "step": self.step,
            "team": ALL if self.team is None else self.team,
            "type": ALL if self.type is None else self.type,
        }  # fmt: skip

    def column(self, measure: Measure) -> str:
        """The fact column of the chosen clock; whole days have no business clock."""
        return measure.business if self.uses_business(measure) else measure.calendar

    def uses_business(self, measure: Measure) -> bool:
        return self.clock == "business" and measure.unit != "days"
