"""Texts of rules in Liquid: what people write with variables, filled in within limits."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError, UndefinedError

from followups.kinds import Kind, Reader
from kit.markup import day as in_words
from kit.markup import moment as moment_in_words
from people.models import User

LONGEST: Final = 20_000
FILTERS: Final = ("upcase", "downcase", "capitalize", "default", "truncate", "date", "plus", "minus", "times",
                  "round", "strip", "append", "prepend", "replace", "size", "first", "last", "join")  # fmt: skip
TAGS: Final = ("if", "unless", "case", "for", "break", "assign", "comment", "#")
OWN_LINK: Final = "the-readers-own-link"  # until the mail leaves: then one is made for it
INNER: Final = ("content", "output", "illegal")  # what the parser itself is made of
# In a text that becomes a mail, what others wrote makes no link and no markup.
PLAIN: Final = str.maketrans("[]<>`", "()()'")


class BadText(Exception):
    """A text that cannot be filled in; the message is fit for people to read."""


class _Limited(Environment):
    """No files, few filters, short loops, short output: the text is a stranger's program."""

    context_depth_limit = 10
    block_nesting_limit = 10
    loop_iteration_limit = 500
    local_namespace_limit = 20_000
    output_stream_limit = LONGEST


def _environment() -> Environment:
    found = _Limited(undefined=StrictUndefined, strict_filters=True)
    for name in set(found.filters) - set(FILTERS):
        del found.filters[name]
    for name in set(found.tags) - {*TAGS, *INNER}:
        del found.tags[name]
    return found


ENVIRONMENT: Final = _environment()


@lru_cache(maxsize=1024)
def _parsed(text: str) -> BoundTemplate:
    try:
        return ENVIRONMENT.from_string(text)
    except (LiquidError, RecursionError) as wrong:
        raise BadText(f"This text cannot be read: {_said(wrong)}") from wrong


def _said(wrong: Exception) -> str:
    line = str(wrong).split("\n", 1)[0].strip().rstrip(".")
    return (line or "something is not closed")[:200] + "."


def check(text: str, kind: Kind) -> None:
    """Refuse a text that is no Liquid, or names a variable that its kind does not have.

    :raises BadText: with the variable named.
    """
    known = {f"{name}.{one}" for name, group in variables(kind).items() for one in group}
    for segments in _parsed(text).global_variable_segments():
        name = ".".join(str(one) for one in segments[:2])
        if name not in known and name != "link":
            raise BadText(f"There is no “{name}” here. Choose one from the list of variables.")


def variables(kind: Kind) -> dict[str, dict[str, str]]:
    """What texts of a kind may hold: {name: {field: what it is}}, the kind's own first."""
    return {
        kind.word: {name: value.label for name, value in kind.fields.items()},
        "reader": {"name": "Name of whoever reads it", "first_name": "First name of whoever reads it"},
        "sender": {"name": "On whose behalf it is sent", "first_name": "First name of the sender"},
        "link": {"": "The page where the reader looks or answers; empty where there is none"},
    }  # fmt: skip


def fill(text: str, given: Mapping[str, Any]) -> str:
    """The text with its variables filled in.

    :raises BadText: beyond the limits, or for a variable that is not there.
    """
    try:
        return _parsed(text).render(**given)
    except UndefinedError as missing:
        raise BadText(f"A variable is not there: {_said(missing)}") from missing
    except (LiquidError, RecursionError, ArithmeticError, TypeError, ValueError) as wrong:
        raise BadText(f"This text cannot be filled in: {_said(wrong)}") from wrong


@lru_cache(maxsize=1024)
def used(text: str) -> frozenset[str]:
    """The variables that a text names, such as quote.number; only those are looked up."""
    segments = _parsed(text).global_variable_segments()
    return frozenset(".".join(str(one) for one in names[:2]) for names in segments)


def given(
    kind: Kind, subject: Any, reader: Reader, sender: User | None, *, markdown: bool,
    used: frozenset[str],
) -> dict[str, Any]:  # fmt: skip
    """The values of the `used` variables; in markdown, what others wrote is text and never markup."""
    own = {
        name: _shown(value.find(subject), markdown=markdown)
        for name, value in kind.fields.items()
        if f"{kind.word}.{name}" in used
    }
    secret = kind.fresh_page is not None and reader.contact is not None
    path = kind.page(subject, reader) if "link" in used and not secret else ""
    link = f"{settings.PORTAL_URL}{path}" if path else ""
    person = sender.get_full_name() if sender else "Your sales desk"
    return {
        kind.word: own, "reader": _person(reader.name or reader.email, markdown=markdown),
        "sender": _person(person, markdown=markdown), "link": OWN_LINK if secret else link,
    }  # fmt: skip


def _person(name: str, *, markdown: bool) -> dict[str, Any]:
    return {
        "name": _shown(name, markdown=markdown),
        "first_name": _shown(name.split(" ", maxsplit=1)[0], markdown=markdown),
    }


def _shown(value: Any, *, markdown: bool) -> Any:
    if isinstance(value, datetime):
        return moment_in_words(value)
    if isinstance(value, date):
        return in_words(value)
    if isinstance(value, list):
        return [_shown(one, markdown=markdown) for one in value]
    if isinstance(value, bool | int | float | Decimal):
        return float(value) if isinstance(value, Decimal) else value
    if value is None:
        return ""
    text = " ".join(str(value).split())
    return text.translate(PLAIN).replace("://", ": //") if markdown else text
