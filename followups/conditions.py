"""Conditions of a rule: fields of the thing, and what the journal said of the event."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypedDict

from django.utils import timezone

from followups.kinds import Kind

EVENT: Final = "event."


class Condition(TypedDict):
    """`field` is one of the kind's, or event.<key>: what the journal's entry holds under that key."""

    field: str
    op: str
    value: str


OPS: Final[Mapping[str, str]] = {
    "is": "is", "is_not": "is not", "contains": "contains", "more": "is more than", "less": "is less than",
    "empty": "is empty", "filled": "is filled in",
}  # fmt: skip


def holds(one: Condition, value: Any) -> bool:
    """Whether the condition holds for a value; what cannot be compared does not hold."""
    tests: Mapping[str, Callable[[], bool]] = {
        "is": lambda: _text(value) == one["value"].strip().lower(),
        "is_not": lambda: _text(value) != one["value"].strip().lower(),
        "contains": lambda: one["value"].strip().lower() in _text(value),
        "more": lambda: (found := _both(value, one["value"])) is not None and found[0] > found[1],
        "less": lambda: (found := _both(value, one["value"])) is not None and found[0] < found[1],
        "empty": lambda: _text(value) == "",
        "filled": lambda: _text(value) != "",
    }
    return tests[one["op"]]() if one["op"] in tests else False


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip().lower()


def _both(value: Any, wanted: str) -> tuple[Any, Any] | None:
    """Both as numbers, or both as days; None if they are neither."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    try:
        if isinstance(value, date):
            return value, date.fromisoformat(wanted.strip())
        return Decimal(str(value)), Decimal(wanted.strip().replace(",", ""))
    except (InvalidOperation, ValueError):
        return None


def broken(
    conditions: list[Condition], kind: Kind, subject: Any, event: Mapping[str, Any] | None = None
) -> str:
    """The first condition that does not hold, in words; nothing if all do. Without an `event` its
    conditions are left out: what happened does not change."""
    for one in conditions:
        name = one["field"]
        if name.startswith(EVENT):
            if event is not None and not holds(one, event.get(name.removeprefix(EVENT))):
                return in_words(one, kind)
        elif name not in kind.fields or not holds(one, kind.fields[name].find(subject)):
            return in_words(one, kind)
    return ""


def in_words(one: Condition, kind: Kind) -> str:
    """Whose turn it is is “rep”"""
    field = kind.fields.get(one["field"])
    name = field.label if field is not None else one["field"].removeprefix(EVENT).replace("_", " ")
    value = f" “{one['value']}”" if one["op"] not in {"empty", "filled"} else ""
    return f"{name} {OPS.get(one['op'], one['op'])}{value}"
