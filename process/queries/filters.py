"""Which cases a figure is about: period, team, type. The URL says the same."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, FloatField, QuerySet

from process.models import Case, EventLog, Step

Clock = Literal["business", "calendar"]


class Percentiles(Aggregate):
    """Median and p90 by linear interpolation between closest ranks, as pandas does by default."""

    function = "percentile_cont"
    template = "%(function)s(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(FloatField())


@dataclass(frozen=True)
class Filters:
    """Cases that began from `start` to `end` (days, inclusive, in the reporting zone); `least` is how
    often something was seen at least to be shown (0: chosen by how much there is)."""

    start: date | None = None
    end: date | None = None
    team: int | None = None
    type: int | None = None
    clock: Clock = "business"
    least: int = 0

    @property
    def narrow(self) -> bool:
        """Whether some cases are left out."""
        return (self.start, self.end, self.team, self.type) != (None, None, None, None)

    @property
    def query(self) -> str:
        known = {
            "from": self.start and self.start.isoformat(), "to": self.end and self.end.isoformat(),
            "team": self.team, "type": self.type, "clock": self.clock, "least": self.least or None,
        }  # fmt: skip
        return urlencode({key: value for key, value in known.items() if value is not None})

    @property
    def selection(self) -> "Filters":
        """The same cases: what does not choose among them is left out."""
        return replace(self, clock="business", least=0)

    def conditions(self, prefix: str = "") -> dict[str, Any]:
        """The same as conditions of a queryset of cases, or of what has them under `prefix`."""
        found: dict[str, Any] = {}
        if self.start is not None:
            found[f"{prefix}started_at__gte"] = _midnight(self.start)
        if self.end is not None:
            found[f"{prefix}started_at__lt"] = _midnight(self.end + timedelta(days=1))
        if self.team is not None:
            found[f"{prefix}team_id"] = self.team
        if self.type is not None:
            found[f"{prefix}type_id"] = self.type
        return found


def cases(log: EventLog, filters: Filters) -> QuerySet[Case]:
    return Case.objects.filter(log=log, **filters.conditions())


def steps(log: EventLog, filters: Filters) -> QuerySet[Step]:
    return Step.objects.filter(log=log, **filters.conditions("case__"))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.TIME_ZONE))
