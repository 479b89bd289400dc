"""Hours, chances and effects in words."""

from typing import Any, Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from improve.detectors.base import Detector
from improve.models import State, Suggestion
from kit import charts, markup

register = template.Library()
TONES: Final = {
    State.NEW: ("desk", ""), State.LOOKED: ("", "eye"), State.ACCEPTED: ("warn", "check"),
    State.DONE: ("", "hourglass-high"), State.WORKED: ("ok", "circle-check"),
    State.NOT_WORKED: ("bad", "x"), State.DISMISSED: ("", "ban"),
}  # fmt: skip
WHOLE: Final = 10


@register.filter
def hours(value: float | None) -> str:
    """12 h, 3.4 h; never days, because a working day is no 24 hours."""
    if value is None:
        return markup.NONE
    return f"{markup.number(value, 0 if abs(value) >= WHOLE else 1)} h"


@register.filter
def chance(value: float | None) -> str:
    """0.032, or “below 0.0001”."""
    if value is None:
        return markup.NONE
    return "below 0.0001" if value < 0.0001 else f"{value:.2g}"  # noqa: PLR2004


@register.simple_tag
def effect(value: float | None, detector: Detector | None) -> str:
    """An effect in its detector's unit."""
    if value is None or detector is None:
        return markup.NONE
    if detector.effect_unit == "hours":
        return hours(value)
    unit = "points" if detector.effect_unit == "points" else "%"
    return f"{markup.number(value * 100, 0 if abs(value * 100) >= WHOLE else 1)} {unit}"


@register.simple_tag
def state_chip(row: Suggestion) -> SafeString:
    tone, glyph = TONES[State(row.state)]
    return markup.chip(row.get_state_display(), tone, glyph)


@register.simple_tag
def share_bar(width: str) -> SafeString:
    return format_html(
        '<svg class="hbar" aria-hidden="true"><rect class="c-desk" width="{}%" height="100%" rx="2"/></svg>',
        width,
    )


@register.simple_tag
def compared(row: Suggestion) -> SafeString:
    """What it is about beside the others: bars that are a table."""
    told: dict[str, Any] = row.bars
    bars = [{**bar, "tone": "warn" if bar.get("own") else "none"} for bar in told.get("rows", [])]
    if not bars:
        return format_html_join("", "", ())
    return charts.bar_chart(bars, told.get("title", ""), told.get("unit", "number"))
