"""Figures of KPIs in plain words, for blocks that are kept."""

from datetime import timedelta

from django.urls import reverse

from kit import markup
from kit.reporting import Scope, Value
from kpis.definitions import Kpi, Measure
from kpis.queries.figure import Figure
from kpis.queries.filters import Clock, Filters
from kpis.report_parts.options import chosen
from kpis.wording import words as value_words

PLACES = 1
SAME = "no change"


def filters_of(scope: Scope, weeks: int = 0) -> Filters:
    """The period of the report; with `weeks`, so many weeks up to its end."""
    start = scope.end - timedelta(days=7 * weeks - 1) if weeks else scope.start
    clock: Clock = "calendar" if scope.options.get("clock") == "calendar" else "business"
    kind = chosen(scope.options, "type", None)
    return Filters(start, scope.end, scope.team, None if kind is None else int(kind), clock)


def of(figure: Figure, filters: Filters, value: float | None) -> str:
    return value_words(value, figure.measure, filters)


def shown(value: float | None, measure: Measure, filters: Filters) -> str:
    return value_words(value, measure, filters)


def change(figure: Figure, filters: Filters) -> str:
    """+0.4 pt, 2 h 05 less, no change, or nothing when there is nothing before."""
    moved = figure.change
    if moved is None:
        return ""
    return moved_by(moved, figure.measure, filters)


def moved_by(moved: float, measure: Measure, filters: Filters) -> str:
    sign = "+" if moved > 0 else markup.MINUS
    if measure.unit == "share":
        text = f"{markup.number(abs(moved) * 100, PLACES)} pt"
    else:
        text = value_words(abs(moved), measure, filters)
    return SAME if not moved or text.strip("0. pt") == "" else f"{sign}{text}"


def count(figure: Figure) -> str:
    if figure.measure.unit == "share":
        return f"{markup.number(figure.hits)} of {markup.number(figure.n)}"
    return f"n {markup.number(figure.n)}"


def spread(figure: Figure, filters: Filters) -> str:
    """p90, mean and n of a duration; how many of how many of a share."""
    if not figure.measure.has_histogram or not figure.n:
        return count(figure)
    shown = [f"p90 {of(figure, filters, figure.p90)}", f"mean {of(figure, filters, figure.mean)}"]
    return " · ".join([*shown, count(figure)])


def unit(measure: Measure, filters: Filters) -> str:
    """The unit of kit.charts.show."""
    if measure.unit == "share":
        return "percent"
    if measure.unit in {"duration", "days"}:
        return "work" if filters.uses_business(measure) else "duration"
    return "money" if measure.unit == "amount" else "number"


def label(measure: Measure) -> str:
    return f"{measure.label}, median" if measure.has_histogram else measure.label


def page(kpi: Kpi, filters: Filters) -> str:
    return f"{reverse('kpis:detail', args=[kpi.slug])}?{filters.query}"


def clock(filters: Filters) -> str:
    return "Business time." if filters.clock == "business" else "Calendar time."


def definition(kpi: Kpi, filters: Filters) -> str:
    """What stands under every figure: the clock, the version, the meaning."""
    return f"{clock(filters)} Definition v{kpi.version}: {kpi.definition[0]}"


def value(kpi: Kpi, figure: Figure, filters: Filters) -> Value:
    key = f"{kpi.slug}.{figure.measure.name}"
    said = f"{of(figure, filters, figure.value)}, {count(figure)}"
    return Value(key, label(figure.measure), figure.value, said)
