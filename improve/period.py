"""The time that a run looks at."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAYS: Final = 182
DAYS_OF_MONTH: Final = 365.25 / 12


@dataclass(frozen=True)
class Period:
    """From `start` until, not including, `end`."""

    start: datetime
    end: datetime

    @classmethod
    def before(cls, at: datetime, days: int = DAYS) -> "Period":
        return cls(at - timedelta(days=days), at)

    @property
    def months(self) -> float:
        return (self.end - self.start) / timedelta(days=DAYS_OF_MONTH)

    @property
    def later_half(self) -> "Period":
        return Period(self.start + (self.end - self.start) / 2, self.end)
