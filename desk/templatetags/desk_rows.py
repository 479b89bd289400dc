"""Rows of the queue, rendered once for what they say."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from desk.forms_queue import QueueFilters
from desk.models import Priority
from desk.queries.queue import GROUPS, LANES, SHOWABLE, SORTS, USUAL, Lane, State

register = template.Library()
MOST_TOOLS: Final = 512
_tools: dict[tuple[str, str, str], SafeString] = {}
# Everything that the row's template reads: the same values are the same row, whoever looks.
SHOWN: Final = (
    "pk", "ref", "href", "subject", "account__name", "asked_by", "status", "party", "turn", "icon",
    "due", "left", "left_seconds", "since", "age", "kind", "priority", "tags", "team", "changed",
    "wanted_on", "here",
)  # fmt: skip


@register.simple_tag
def queue_row(row: Mapping[str, Any], columns: str = "", problem: str = "") -> SafeString:
    """One row of the table; the queue is the page that is open all day, in many browsers."""
    values = tuple(row[name] for name in SHOWN)
    return _rendered(columns or ".".join(USUAL), values, problem)


@lru_cache(maxsize=4096)
def _rendered(columns: str, values: tuple[Any, ...], problem: str) -> SafeString:
    row = dict(zip(SHOWN, values, strict=True))
    level = Priority(row["priority"]).label
    context = {"row": row, "cols": columns.split("."), "level": level, "problem": problem}
    return mark_safe(get_template("desk/queue.html#row").render(context))  # noqa: S308 - a template escapes


@register.simple_tag
def queue_card(row: Mapping[str, Any], lane: Lane, lanes: list[Lane], kind: str) -> SafeString:
    """One card of the board, with the lanes that it may move to."""
    others = tuple((other.key, other.label) for other in lanes)
    return _card(tuple(row[name] for name in SHOWN), lane.key, others, kind)


@lru_cache(maxsize=4096)
def _card(
    values: tuple[Any, ...], here: str, lanes: tuple[tuple[str, str], ...], kind: str
) -> SafeString:
    row = dict(zip(SHOWN, values, strict=True))
    context = {"row": row, "here": here, "lanes": lanes, "kind": kind}
    return mark_safe(get_template("desk/queue.html#card").render(context))  # noqa: S308 - a template escapes


@register.simple_tag
def queue_tools(state: State, form: QueueFilters, workers: Mapping[int, str]) -> SafeString:
    """Search, filters and what is shown: the same for the same address and the same people."""
    key = (repr(state), repr(form.known), state.filters.get("q") or "")
    if key not in _tools:
        if len(_tools) >= MOST_TOOLS:
            _tools.clear()
        context = {
            "state": state, "form": form, "workers": workers, "q": form.data.get("q", ""),
            "sorts": SORTS, "groupings": GROUPS, "showable": SHOWABLE, "lane_kinds": LANES,
        }  # fmt: skip
        _tools[key] = mark_safe(get_template("desk/queue.html#tools").render(context))  # noqa: S308 - a template escapes
    return _tools[key]


@register.simple_tag
def queue_bulk(workers: Mapping[int, str], more: str) -> SafeString:
    """The bar of steps on what is ticked."""
    return _bulk(tuple(workers.items()), bool(more))


@lru_cache(maxsize=64)
def _bulk(workers: tuple[tuple[int, str], ...], more: bool) -> SafeString:  # noqa: FBT001 - a cache's key
    context = {"workers": dict(workers), "next": more, "priorities": Priority.choices}
    return mark_safe(get_template("desk/queue.html#bulk").render(context))  # noqa: S308 - a template escapes
