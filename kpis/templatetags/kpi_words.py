"""Figures in words: what a value of each unit looks like, and how it moved."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from typing import Any, Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kit import charts, markup
from kit.columns import columns
from kit.zones import zone_names
from kpis.definitions import Kpi, Measure
from kpis.models import Note, Target
from kpis.queries.distribution import Distribution
from kpis.queries.figure import Figure
from kpis.queries.filters import Filters
from kpis.queries.rows import Row
from kpis.queries.trends import Trend
from kpis.wording import border, comparable, unit, words

register = template.Library()
CALLED: Final = {"rep": "Rep", "coordinator": "Coordinator"}
ASKED: Final = {"coordinator": "Who was asked", "rep": "Who asked"}


@register.simple_tag
def figure_value(figure: Figure, filters: Filters, part: str = "value") -> str:
    return words(getattr(figure, part), figure.measure, filters)


@register.simple_tag
def share_count(figure: Figure) -> str:
    """4 of 12, for shares."""
    if figure.measure.unit != "share":
        return f"n {markup.number(figure.n)}"
    return f"{markup.number(figure.hits)} of {markup.number(figure.n)}"


@register.simple_tag
def figure_change(figure: Figure, filters: Filters) -> SafeString:
    """How it moved against the period before, better or worse in words and colour."""
    change = figure.change
    if change is None:
        return format_html('<span class="fine">{}</span>', "nothing before to compare with")
    if figure.measure.unit == "share":
        text = f"{markup.number(abs(change) * 100, 1)} pt"
    else:
        text = words(abs(change), figure.measure, filters)
    if figure.better is None:
        sign = "+" if change > 0 else "\N{MINUS SIGN}"
        return format_html(
            '<span class="fine">{}</span>', f"{sign}{text}" if change else "no change"
        )
    tone = "better" if figure.better else "worse"
    glyph = markup.icon("arrow-up" if change > 0 else "arrow-down")
    return format_html(
        '<span class="delta {}">{}{}<span class="vh"> {} than the period before</span></span>',
        tone, glyph, text, tone,
    )  # fmt: skip


@register.simple_tag
def kpi_trend(
    trend: Trend,
    measure: Measure,
    filters: Filters,
    title: str,
    *,
    notes: Sequence[Note] = (),
    target: Target | None = None,
) -> SafeString:
    """The trend with its usual range, what people noted, and the target where it compares."""
    reading = trend.reading
    points = [asdict(point) for point in trend.points]
    for point, until in zip(points, [*(p["start"] for p in points[1:]), date.max], strict=True):
        here = [note.words for note in notes if point["start"] <= note.day < until]
        point["note"] = "; ".join(here)
    compares = target is not None and comparable(measure, filters)
    return charts.trend(
        points, title, unit(measure, filters), mean=reading.mean, low=reading.low,
        high=reading.high, target=target.value if target is not None and compares else None,
    )  # fmt: skip


@register.simple_tag
def kpi_spread(spread: Distribution, filters: Filters) -> SafeString:
    """How the values are spread."""
    rows = [
        {"label": border(bar.until, spread.measure, filters), "n": bar.n, "share": bar.share,
         "up_to": bar.up_to}
        for bar in spread.bars
    ]  # fmt: skip
    return columns(rows, f"{spread.measure.label}: how many took how long")


@register.simple_tag
def target_value(measure: Measure, filters: Filters, target: Target) -> str:
    """A target in words: durations are of business time."""
    return words(target.value, measure, replace(filters, clock="business"))


@register.simple_tag
def frozen_value(measure: Measure, filters: Filters, figures: Mapping[str, Any]) -> str:
    """What a closed month said: the median of the chosen clock, or the plain figure, and n."""
    if measure.has_histogram:
        clock = "business" if filters.uses_business(measure) else "calendar"
        value = figures.get(clock, {}).get("median")
    else:
        value = figures.get("value")
    return f"{words(value, measure, filters)} (n {markup.number(figures.get('n', 0))})"


@register.simple_tag
def cut_name(kpi: Kpi, part: str) -> str:
    """What a cut is called on this page."""
    if part == "type":
        return kpi.typed
    if kpi.slug == "response" and part in ASKED:
        return ASKED[part]
    return CALLED.get(part, part.capitalize())


@register.simple_tag(takes_context=True)
def cut_link(context: Any, part: str, key: str) -> str:
    """This page, of one team, type, person ... alone."""
    query = context["request"].GET.copy()
    query[part] = key
    query.pop("after", None)
    return f"?{query.urlencode()}"


@register.simple_tag
@cache
def zone_options() -> SafeString:
    """The zones that a field suggests: written once, they are six hundred."""
    return format_html_join(
        "", '<option value="{}"></option>', ((name,) for name in sorted(zone_names()))
    )


@register.simple_tag
def said(value: float | None, measure: Measure, filters: Filters) -> str:
    """A plain value of a measure."""
    return words(value, measure, filters)


@register.simple_tag
def moved(value: float | None, measure: Measure, filters: Filters) -> str:
    """A change with its sign: +2 h 05, or -1.4 pt."""
    if value is None:
        return markup.NONE
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    if measure.unit == "share":
        return f"{sign}{markup.number(abs(value) * 100, 1)} pt"
    return f"{sign}{words(abs(value), measure, filters)}"


@register.simple_tag
def kpi_spark(trend: Trend, title: str) -> SafeString:
    label = f"{title}, {len(trend.points)} periods. {trend.reading.words}"
    return charts.sparkline([point.value for point in trend.points], label)


@register.simple_tag
def row_value(row: Row, measure: Measure, filters: Filters) -> str:
    """What a row says: its duration, its amount, or whether it counts."""
    if row.hit is not None:
        return "Yes" if row.hit else "No"
    return words(row.value, measure, filters) if row.value is not None else ""
