"""Fields that a company adds to its records: read once, checked by one function.

Whoever writes `custom` (forms, API, imports, steps on many rows) asks `cleaned`. Ranges of numbers
and days are found through `CustomValue`, everything else by containment in the GIN index.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from crm.models import CustomField

MOST_FIELDS: Final = 60
LONGEST_TEXT: Final = 500
LARGEST: Final = Decimal(10) ** 15
MOST_PLACES: Final = 6
YES: Final = ("yes", "true", "1", "on")
NO: Final = ("no", "false", "0", "off")
FIRST_YEAR: Final = 1000  # years of four digits sort and read as they are written


class Wrong(Exception):
    """A value that a field cannot have; the message is fit for people."""


def fields_of(kind: str) -> list[CustomField]:
    """The fields in use of one kind of record, in their order."""
    rows = CustomField.objects.filter(kind=kind, is_active=True)
    return list(rows.order_by("position", "pk")[:MOST_FIELDS])


def cleaned(
    kind: str,
    values: Mapping[str, Any],
    *,
    known: Sequence[CustomField] | None = None,
    old: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """(what `custom` holds then, {key: words} of what cannot be used).

    `values` says the keys that are set; None or an empty text takes a key away. `old` is what the row
    had: keys that are not said stay, also those of fields that are no longer in use. A field that
    must be filled is a problem when it would be empty.
    """
    fields = {field.key: field for field in (known if known is not None else fields_of(kind))}
    result, problems = dict(old or {}), {}
    for key, value in values.items():
        field = fields.get(key)
        if field is None:
            problems[str(key)[:40]] = "There is no such field."
            continue
        try:
            said = value_of(field, value)
        except Wrong as wrong:
            problems[key] = str(wrong)
            continue
        result.pop(key, None)
        if said is not None:
            result[key] = said
    for key, field in fields.items():
        if field.is_required and key not in result and key not in problems:
            problems[key] = f"{field.label} must be filled in."
    return result, problems


def value_of(field: CustomField, value: Any) -> Any:
    """The value as it is kept, None for an empty one.

    :raises Wrong: if the field cannot have it.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return READ[CustomField.Type(field.type)](field, value)


def _text(field: CustomField, value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(f"{field.label} is a text.")
    text = value.replace("\0", "").strip()
    if len(text) > LONGEST_TEXT:
        raise Wrong(f"{field.label} has at most {LONGEST_TEXT} letters.")
    return text


def _number(field: CustomField, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise Wrong(f"{field.label} is a number.")
    try:
        number = Decimal(str(value).strip()[:60])
    except InvalidOperation as fault:
        raise Wrong(f"{field.label} is a number, such as 12 or 12.5.") from fault
    if not number.is_finite() or abs(number) >= LARGEST:
        raise Wrong(f"{field.label} is too large.")
    number = round(number, MOST_PLACES)
    return int(number) if number == number.to_integral_value() else float(number)


def _date(field: CustomField, value: Any) -> str:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value.strip()[:10])
        except ValueError as fault:
            raise Wrong(f"{field.label} is a day such as 2026-11-24.") from fault
    if not isinstance(value, date) or value.year < FIRST_YEAR:
        raise Wrong(f"{field.label} is a day such as 2026-11-24.")
    return value.isoformat()


def _choice(field: CustomField, value: Any) -> str:
    if isinstance(value, str) and value.strip() in field.choices:
        return value.strip()
    raise Wrong(f"{field.label} is one of: {', '.join(map(str, field.choices[:20]))}.")


def _yes_no(field: CustomField, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()[:10]
    if word in YES or word in NO:
        return word in YES
    raise Wrong(f"{field.label} is yes or no.")


READ: Final[Mapping[str, Callable[[CustomField, Any], Any]]] = {
    CustomField.Type.TEXT: _text,
    CustomField.Type.NUMBER: _number,
    CustomField.Type.DATE: _date,
    CustomField.Type.CHOICE: _choice,
    CustomField.Type.YES_NO: _yes_no,
}


def words(field: CustomField, value: Any) -> str:
    """A kept value as people read it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:,.6f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    if field.type == CustomField.Type.DATE:
        return _day(str(value))
    return str(value)


def _day(text: str) -> str:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{on.day} {on:%b} {on.year}"


def shown(kind: str, values: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """(label, words) of the fields in use that have a value, for pages."""
    return [
        (field.label, words(field, (values or {}).get(field.key)))
        for field in fields_of(kind) if (values or {}).get(field.key) not in (None, "")
    ]  # fmt: skip
