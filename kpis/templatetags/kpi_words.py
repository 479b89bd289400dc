"""Figures in words: what a value of each unit looks like, and how it moved."""

from dataclasses import asdict

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kit import charts, markup
from kpis.definitions import Measure
from kpis.queries.figure import Figure
from kpis.queries.filters import Filters
from kpis.queries.rows import Row
from kpis.queries.trends import Trend
from kpis.wording import unit, words

register = template.Library()


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
def kpi_trend(trend: Trend, measure: Measure, filters: Filters, title: str) -> SafeString:
    reading = trend.reading
    return charts.trend(
        [asdict(point) for point in trend.points], title, unit(measure, filters),
        mean=reading.mean, low=reading.low, high=reading.high,
    )  # fmt: skip


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
