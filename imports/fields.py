"""The fields that a file can fill: how a cell becomes a value, and what columns are called."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from kit.tables import values
from kit.tables.values import ValueProblem
from kit.zones import check_zone

Parse = Callable[[str], Any]
REMEMBERED: Final = 2000
NEW: Final = object()
FORMULAS: Final = (
    "'=",
    "'+",
    "'-",
    "'@",
)  # an export puts the apostrophe there; see kit.tables.write
EMPTY_WORDS: Final = frozenset({"", "NULL", "null", "\\N"})
# A day without a time: the middle of it, so that it is the same day wherever it is read and days
# between two of them are whole across a change of the clocks.
NOON: Final = time(12, 0)
_DAY_ONLY: Final = re.compile(r"^[\d\w]{1,4}[-./ ][\d\w]{1,9}[-./ ]\d{1,4}( 00:00(:00(\.0+)?)?)?$")


@dataclass(frozen=True)
class Field:
    """One field. `kind`: text, prose (its line breaks are kept), key (17850.0 is 17850 that a
    spreadsheet wrote), email, zone, number, integer, yes_no, day, instant, choice, choices (a list,
    with semicolons between)."""

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    most: int = 200
    places: int = 2
    least: Decimal | None = None
    top: Decimal | None = None
    fraction: bool = False  # a map may say that the file has 0.05 for 5 %
    choices: tuple[tuple[str, str], ...] = ()
    called: tuple[str, ...] = ()
    help: str = ""
    loose: bool = (
        False  # a day in the map's format or a usual one; words such as "not captured" are none
    )
    synonyms: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def sql_type(self) -> str:
        kinds = {"number": "numeric", "integer": "bigint", "yes_no": "boolean", "day": "date",
                 "instant": "timestamptz", "choices": "varchar[]"}  # fmt: skip
        return kinds.get(self.kind, "text")


@dataclass(frozen=True)
class Reading:
    """How the cells of one file are to be read; None where the cell itself must tell."""

    decimal_comma: bool | None = None
    date_format: str = ""
    zone: str = "UTC"
    fractions: frozenset[str] = frozenset()
    values: dict[str, dict[str, str]] = field(default_factory=dict, hash=False)


def parser(what: Field, how: Reading) -> Parse:
    """The function that turns a cell into a value, None for an empty one.

    It raises ValueProblem with the reason.
    """
    make = {
        "number": _number, "integer": _integer, "yes_no": _yes_no, "day": _day, "instant": _instant,
        "choice": _choice, "choices": _list, "prose": _prose, "email": _email, "zone": _zone, "key": _key,
    }.get(what.kind, _text)  # fmt: skip
    inner = make(what, how)
    known: dict[str, Any] = {}  # most columns say the same few things in all rows

    def read(cell: str) -> Any:
        value = known.get(cell, NEW)
        if value is NEW:
            value = fresh(cell)
            if len(known) < REMEMBERED:
                known[cell] = value
        return value

    def fresh(cell: str) -> Any:
        raw = cell.strip()
        if raw.startswith(FORMULAS):
            raw = raw[1:]
        if raw in EMPTY_WORDS:
            if what.required:
                raise ValueProblem("This is empty.")
            return None
        return inner(raw)

    return read


def _text(what: Field, how: Reading) -> Parse:
    """A map may say what a text of the file is called here."""
    most, called = what.most, how.values.get(what.name, {})

    def read(raw: str) -> str:
        text = " ".join(raw.split())
        if called:
            text = called.get(text, text)
        if len(text) > most:
            raise ValueProblem(f"This has {len(text)} characters; {most} are allowed.")
        return text

    return read


def _prose(what: Field, how: Reading) -> Parse:  # noqa: ARG001 - all parsers are made alike
    most = what.most

    def read(raw: str) -> str:
        text = raw.replace("\r\n", "\n").replace("\r", "\n")
        if len(text) > most:
            raise ValueProblem(f"This has {len(text)} characters; {most} are allowed.")
        return text

    return read


def _key(what: Field, how: Reading) -> Parse:
    text = _text(what, how)

    def read(raw: str) -> str:
        whole, point, rest = raw.partition(".")
        return whole if point and whole.isdecimal() and not rest.strip("0") else str(text(raw))

    return read


def _email(what: Field, how: Reading) -> Parse:
    text = _text(what, how)

    def read(raw: str) -> str:
        try:
            validate_email(raw)
        except ValidationError as wrong:
            raise ValueProblem(f"“{raw[:80]}” is not a mail address.") from wrong
        return str(text(raw))

    return read


def _zone(what: Field, how: Reading) -> Parse:  # noqa: ARG001 - all parsers are made alike
    def read(raw: str) -> str:
        try:
            check_zone(raw)
        except ValidationError as wrong:
            raise ValueProblem(f"“{raw[:80]}” is not a time zone like Europe/Amsterdam.") from wrong
        return raw

    return read


def _number(what: Field, how: Reading) -> Parse:
    step = Decimal(1).scaleb(-what.places)
    percent = what.name in how.fractions
    largest = Decimal(10) ** (14 - what.places)

    def read(raw: str) -> Decimal:
        value = _plain_decimal(raw, how.decimal_comma)
        if percent:
            value *= 100
        rounded = value.quantize(step) if abs(value) < largest else value
        # What a binary fraction adds in its eighth digit is no figure that somebody meant.
        if abs(value - rounded) > step / 100:
            raise ValueProblem(f"“{raw}” has more than {what.places} decimals.")
        return _within(rounded, what, largest)

    return read


def _plain_decimal(raw: str, comma: bool | None) -> Decimal:  # noqa: FBT001 - a setting of the file
    if comma is not True and raw.replace(".", "", 1).isdigit() and raw.isascii() and len(raw) < 20:  # noqa: PLR2004 - nearly all
        return Decimal(raw)
    try:
        return values.decimal_of(raw, decimal_comma=comma)
    except InvalidOperation as wrong:
        raise ValueProblem(f"“{raw[:40]}” is not a number.") from wrong


def _within(value: Decimal, what: Field, largest: Decimal) -> Decimal:
    least = what.least if what.least is not None else Decimal(0)
    top = what.top if what.top is not None else largest
    if value < least:
        raise ValueProblem(f"This is {value:f}; {least:f} is the least.")
    if value > top or value >= largest:
        raise ValueProblem(f"This is {value:f}; that is too much.")
    return value


def _integer(what: Field, how: Reading) -> Parse:  # noqa: ARG001 - all parsers are made alike
    least, top = int(what.least or 0), int(what.top or 2_000_000_000)

    def read(raw: str) -> int:
        value = int(raw) if raw.isdecimal() and len(raw) < 10 else values.integer_of(raw)  # noqa: PLR2004 - the usual ones
        if not least <= value <= top:
            raise ValueProblem(f"This is {value}; it must be from {least} to {top}.")
        return value

    return read


def _yes_no(what: Field, how: Reading) -> Parse:
    meanings = how.values.get(what.name, {})
    return lambda raw: values.boolean_of(meanings.get(raw, raw))


def _formats(how: Reading) -> tuple[str, ...]:
    return (how.date_format,) if how.date_format else values.DATE_FORMATS


def _day(what: Field, how: Reading) -> Parse:
    formats = _formats(how)
    if what.loose:
        both = (*formats, *values.DATE_FORMATS)
        return lambda raw: values.date_of(raw, both) if raw[0].isdigit() else None
    return lambda raw: values.date_of(raw, formats)


def _instant(what: Field, how: Reading) -> Parse:
    formats = (*_formats(how), *values.DATE_FORMATS) if what.loose else _formats(how)

    def read(raw: str) -> datetime | None:
        if what.loose and not raw[0].isdigit():
            return None
        if _DAY_ONLY.match(raw):
            day = values.date_of(raw.split(" 00:00", maxsplit=1)[0], formats)
            return datetime.combine(day, NOON, tzinfo=UTC)
        timed = (f"{how.date_format} %H:%M:%S", f"{how.date_format} %H:%M")
        return values.datetime_of(raw, zone=how.zone, formats=timed if how.date_format else ())

    return read


def _choice(what: Field, how: Reading) -> Parse:
    known = {key.lower(): key for key, _ in what.choices}
    known |= {label.lower(): key for key, label in what.choices} | what.synonyms
    known |= {cell.strip().lower(): key for cell, key in how.values.get(what.name, {}).items()}

    def read(raw: str) -> str:
        try:
            return known[raw.lower()]
        except KeyError:
            allowed = ", ".join(label for _, label in what.choices)
            raise ValueProblem(f"“{raw[:40]}” is none of: {allowed}.") from None

    return read


def _list(what: Field, how: Reading) -> Parse:
    """Several words as an array of the database; empty ones and repetitions are left out."""
    one = _choice(what, how) if what.choices else _text(what, how)

    def read(raw: str) -> str:
        words = dict.fromkeys(one(part.strip()) for part in re.split(r"[;|,]", raw) if part.strip())
        quoted = (re.sub(r'(["\\\\])', r"\\\1", word) for word in words)
        return "{" + ",".join(f'"{word}"' for word in quoted) + "}"

    return read
