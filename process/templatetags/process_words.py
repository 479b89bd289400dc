"""Figures of a process in words; the clock is that of the page."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from kit.markup import icon
from process import drawing
from process.queries.handovers import party_label

register = template.Library()
register.filter("said", drawing.said)
register.filter("hours", drawing.hours)
register.filter("party", party_label)


@register.filter
def wait(edge: Any, clock: str) -> Any:
    return edge.wait(clock)


@register.filter
def median(thing: Any, clock: str) -> float:
    return float(thing.median(clock))


@register.filter
def cost(thing: Any, clock: str) -> float:
    return float(thing.cost(clock))


@register.filter
def total(thing: Any, clock: str) -> float:
    return float(thing.total(clock))


@register.filter
def mean(thing: Any, clock: str) -> float:
    return float(thing.mean(clock))


@register.filter
def lost(thing: Any, clock: str) -> float:
    return float(thing.lost(clock))


@register.simple_tag
def legend(clock: str) -> list[tuple[str, str]]:
    """The colours of waits: (class, words)."""
    return [(f"w{i}", words) for i, words in enumerate(drawing.LEGEND[clock])]


@register.simple_tag
def arrow() -> SafeString:
    return icon("arrow-right", "t2")


@register.filter
def split_words(text: str) -> list[str]:
    return text.split()


@register.filter
def value_of(said: Any, name: str) -> str:
    """A parameter of the URL, to be kept in a form."""
    return str(said.get(name, ""))[:60]
