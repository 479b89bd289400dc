"""Figures of scenarios in words."""

from math import isfinite

from django import template

from kit.charts import show
from kit.markup import MINUS, NBSP, NONE, number

register = template.Library()
POINTS = 100


@register.simple_tag
def shown(value: float | None, unit: str) -> str:
    """A figure in its unit; durations are working time."""
    if value is None or not isfinite(value):
        return NONE
    if unit == "percent":
        return f"{number(value * POINTS, 1)}{NBSP}%"
    return number(value, 1) if unit == "number" else show(value, unit)


@register.simple_tag
def shown_gap(value: float | None, unit: str) -> str:
    """The same for a difference, with its sign; shares differ by points."""
    if value is None or not isfinite(value):
        return NONE
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    if unit == "percent":
        return f"{sign}{number(abs(value) * POINTS, 1)}{NBSP}pt"
    return f"{sign}{shown(abs(value), unit)}"


@register.filter
def signed(value: int) -> str:
    return f"+{value}" if value > 0 else f"{MINUS}{abs(value)}"
