"""Rows of the queue, rendered once for what they say."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from desk.models import Priority
from desk.queries.queue import USUAL

register = template.Library()
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
