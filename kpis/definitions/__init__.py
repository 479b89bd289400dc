"""What each KPI means, word for word as the pages show it, and the columns that it is made of."""

from collections.abc import Mapping
from typing import Final

from django.db import models

from kpis.definitions.accuracy import ACCURACY
from kpis.definitions.base import (
    ANSWER_SECONDS,
    CLOSED_AFTER_DAYS,
    CURRENCY,
    EXACT_UP_TO,
    GRACE_SECONDS,
    WINDOW_DAYS,
    Kpi,
    Measure,
)
from kpis.definitions.conversion import CONVERSION
from kpis.definitions.meetings import MEETINGS
from kpis.definitions.response import RESPONSE
from kpis.definitions.turnaround import TURNAROUND

__all__ = [
    "ANSWER_SECONDS",
    "CLOSED_AFTER_DAYS",
    "CURRENCY",
    "EXACT_UP_TO",
    "GRACE_SECONDS",
    "KPIS",
    "MEASURES",
    "WINDOW_DAYS",
    "Kpi",
    "Measure",
    "measures_of",
]

KPIS: Final[Mapping[str, Kpi]] = {
    kpi.slug: kpi for kpi in (TURNAROUND, ACCURACY, CONVERSION, RESPONSE, MEETINGS)
}
MEASURES: Final[Mapping[str, Measure]] = {m.name: m for k in KPIS.values() for m in k.measures}


def measures_of(facts: type[models.Model]) -> list[Measure]:
    """The measures that count rows of `facts`."""
    return [m for m in MEASURES.values() if m.facts is facts]
