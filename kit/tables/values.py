"""Values from the text of a cell: read right, or refused with the reason."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

NOTHING: Final = frozenset({"", "null", "none", "n/a", "nan"})
TRUE: Final = frozenset({"1", "true", "yes", "y", "t", "x"})
FALSE: Final = frozenset({"0", "false", "no", "n", "f"})
DATE_FORMATS: Final = ("%Y-%m-%d", "%d.%m.%Y", "%d-%b-%y", "%d-%b-%Y", "%d %b %Y", "%Y/%m/%d")
EARLIEST, LATEST = 1900, 2200
_GROUPED: Final = re.compile(r"^[+-]?\d{1,3}([., '\u00a0\u202f])\d{3}(\1\d{3})*$")
_PLAIN: Final = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$", re.IGNORECASE)
LONGEST_NUMBER: Final = 40


class ValueProblem(Exception):
    """The text is no such value; the message is fit for people to read."""


def is_nothing(text: str) -> bool:
    """Empty, or one of the usual words for it."""
    return text.strip().lower() in NOTHING


def decimal_of(text: str, *, decimal_comma: bool | None = None) -> Decimal:
    """1234.5, 1,234.56 or 1.234,56.

    :param decimal_comma: True or False when known; None refuses what could be either (“1,234”).
    """
    raw = text.strip()
    if len(raw) > LONGEST_NUMBER:
        raise ValueProblem("This is too long for a number.")
    bare = _without_groups(raw, decimal_comma)
    if not _PLAIN.match(bare):
        raise ValueProblem(f"“{raw}” is not a number.")
    try:
        return Decimal(bare)
    except InvalidOperation as wrong:
        raise ValueProblem(f"“{raw}” is not a number.") from wrong


def _without_groups(raw: str, decimal_comma: bool | None) -> str:  # noqa: FBT001
    """The number with a point for decimals and nothing between thousands."""
    text = raw.replace("\u2212", "-")
    for space in (" ", "\u00a0", "\u202f", "'"):
        text = text.replace(space, "")
    if "," not in text:
        if decimal_comma and _GROUPED.match(text):
            return text.replace(".", "")
        return text
    if "." in text:
        return _both_signs(raw, text, decimal_comma)
    if decimal_comma is None and _GROUPED.match(text) and text.count(",") == 1:
        raise ValueProblem(f"“{raw}” could be {text.replace(',', '')} or {text.replace(',', '.')}.")
    if decimal_comma is False or text.count(",") > 1:
        if not _GROUPED.match(text):
            raise ValueProblem(f"“{raw}” is not a number.")
        return text.replace(",", "")
    return text.replace(",", ".")


def _both_signs(raw: str, text: str, decimal_comma: bool | None) -> str:  # noqa: FBT001
    """A number with comma and point: the later one is for decimals."""
    last_is_comma = text.rindex(",") > text.rindex(".")
    if decimal_comma is not None and decimal_comma != last_is_comma:
        raise ValueProblem(f"“{raw}” has its comma and point the other way round.")
    group, point = (".", ",") if last_is_comma else (",", ".")
    if text.count(point) > 1 or not _GROUPED.match(text.split(point, maxsplit=1)[0]):
        raise ValueProblem(f"“{raw}” is not a number.")
    return text.replace(group, "").replace(point, ".")


def integer_of(text: str) -> int:
    """17850, or 17850.0; 1.5 is refused."""
    value = decimal_of(text, decimal_comma=False)
    if value != value.to_integral_value():
        raise ValueProblem(f"“{text.strip()}” is not a whole number.")
    return int(value)


def boolean_of(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueProblem(f"“{text.strip()}” is neither yes nor no.")


def date_of(text: str, formats: Sequence[str] = DATE_FORMATS) -> date:
    """A day. 03/04/2026 is only read when the map gives its format."""
    raw = text.strip()
    if "T" in raw or (" " in raw and ":" in raw):
        return datetime_of(raw).date()
    for pattern in formats:
        try:
            found = datetime.strptime(raw, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return _in_range(found, raw)
    raise ValueProblem(f"“{raw}” is not a date like 2026-11-24.")


def datetime_of(text: str, *, zone: str = "UTC", formats: Sequence[str] = ()) -> datetime:
    """An instant, in UTC; a time without an offset is taken on the clock of `zone`."""
    raw = text.strip()
    found = None
    for pattern in formats:
        try:
            found = datetime.strptime(raw, pattern)  # noqa: DTZ007 - the zone follows
            break
        except ValueError:
            continue
    if found is None:
        try:
            found = datetime.fromisoformat(raw)
        except ValueError as wrong:
            raise ValueProblem(f"“{raw}” is not a time like 2026-11-24 10:30.") from wrong
    _in_range(found.date(), raw)
    aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC)


def _in_range(found: date, raw: str) -> date:
    if not EARLIEST <= found.year <= LATEST:
        raise ValueProblem(f"“{raw}” is not a year that makes sense here.")
    return found
