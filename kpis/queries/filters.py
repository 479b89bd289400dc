"""Which facts a figure is about: period, whose, of what, on which clock. The URL says the same."""

from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlencode

from django.conf import settings

from kpis.definitions import Measure
from kpis.models import ALL

Clock = Literal["business", "calendar"]
Against = Literal["before", "year"]
DEFAULT_DAYS: Final = 90
WEEKS_AT_MOST: Final = 60  # a longer period is drawn by month
A_DAY: Final = timedelta(days=1)
WHOSE: Final = ("team", "type", "coordinator", "rep", "account", "priority", "channel")
ROLLED_UP: Final = ("team", "type")  # the cuts that daily rollups hold; others count the facts


@dataclass(frozen=True)
class Filters:
    """Days are inclusive and cut in `zone` (empty: the portal's reporting zone)."""

    start: date
    end: date
    team: int | None = None
    type: int | None = None
    clock: Clock = "business"
    coordinator: int | None = None
    rep: int | None = None
    account: int | None = None
    priority: int | None = None
    channel: str | None = None
    zone: str = ""
    against: Against = "before"

    @classmethod
    def last_days(cls, today: date, days: int = DEFAULT_DAYS) -> "Filters":
        return cls(today - timedelta(days=days - 1), today)

    @classmethod
    def week(cls, monday: date) -> "Filters":
        return cls(monday, monday + timedelta(days=6))

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def before(self) -> "Filters":
        """The same over the days that this period is compared with: those just before it, as many;
        or the same days of the year before."""
        if self.against == "year":
            return replace(self, start=_year_before(self.start), end=_year_before(self.end))
        first = self.start.toordinal() - self.days
        end = max(self.start - A_DAY, date.min) if self.start > date.min else date.min
        return replace(self, start=date.fromordinal(max(first, 1)), end=end)

    @property
    def before_words(self) -> str:
        return "the year before" if self.against == "year" else f"the {self.days} days before"

    @property
    def step(self) -> Literal["week", "month"]:
        return "week" if self.days <= WEEKS_AT_MOST * 7 else "month"

    @property
    def team_cell(self) -> int:
        """Which team's cells and sayings are meant: one, 0 for those of no team, ALL."""
        return ALL if self.team is None else self.team

    @property
    def type_cell(self) -> int:
        return ALL if self.type is None else self.type

    @property
    def narrow(self) -> bool:
        """Whether rollups cannot say it: the facts themselves are counted."""
        others = (self.coordinator, self.rep, self.account, self.priority, self.channel)
        return any(value is not None for value in others) or self.other_zone

    @property
    def other_zone(self) -> bool:
        return self.zone not in {"", settings.TIME_ZONE}

    @property
    def shown_zone(self) -> str:
        return self.zone or settings.TIME_ZONE

    @property
    def query(self) -> str:
        known = asdict(self)
        known |= {"from": known.pop("start").isoformat(), "to": known.pop("end").isoformat()}
        if self.against == "before":
            del known["against"]
        return urlencode({k: v for k, v in sorted(known.items()) if v not in {None, ""}})

    def cell(self) -> dict[str, Any]:
        """Parameters of a query."""
        before = self.before
        return {
            "start": self.start, "end": self.end, "before": before.start, "before_end": before.end,
            "step": self.step, "zone": self.shown_zone, "channel": self.channel,
            "team": self.team_cell, "type": self.type_cell,
            **{name: getattr(self, name) for name in ("coordinator", "rep", "account", "priority")},
        }  # fmt: skip

    def column(self, measure: Measure) -> str:
        """The fact column of the chosen clock; whole days have no business clock."""
        return measure.business if self.uses_business(measure) else measure.calendar

    def uses_business(self, measure: Measure) -> bool:
        return self.clock == "business" and measure.unit != "days"


def _year_before(day: date) -> date:
    if day.year == date.min.year:
        return date.min
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap_day else day.day)
