"""Figures in words: what a value of each unit looks like."""

from typing import Final

from kit import charts, markup
from kpis.definitions import CURRENCY, Measure
from kpis.queries.filters import Filters

DAY: Final = 86_400


def words(value: float | None, measure: Measure, filters: Filters) -> str:
    """A value of `measure`; business durations never become days."""
    if value is None:
        return markup.NONE
    if measure.unit == "duration":
        return charts.show(value, unit(measure, filters))
    if measure.unit == "days":
        return f"{markup.number(value / DAY, 3).rstrip('0').rstrip('.')} days"
    if measure.unit == "share":
        return markup.percent(value, 1)
    if measure.unit == "amount":
        return markup.money(value, CURRENCY)
    return markup.number(value, 1 if measure.unit == "average" else 0)


def unit(measure: Measure, filters: Filters) -> str:
    if measure.unit == "share":
        return "percent"
    return "work" if filters.uses_business(measure) else "duration"


def comparable(measure: Measure, filters: Filters) -> bool:
    """Whether a target compares: those of durations are of business time."""
    return measure.unit != "duration" or filters.clock == "business"


def border(until: int | None, measure: Measure, filters: Filters) -> str:
    """The upper end of a bar of a distribution."""
    return "longer" if until is None else f"to {words(until, measure, filters)}"
