"""What rules that only warn say while records are changed, kept until the door has answered.

Services say it at the one place where they ask the rules. Whoever stands around a whole call
listens: the middleware for pages, serializers for the API. So a door need not know of rules, and one
that is added tomorrow warns too. Where nobody listens (workers, commands), nothing is kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

MOST_SAID: Final = 3  # more are only counted: on a phone they cover the page


@dataclass(frozen=True)
class Warned:
    """`field` of a record of `kind`, what people call it, and the words of the rule."""

    kind: str
    field: str
    label: str
    words: str


_ear: ContextVar[dict[Warned, None] | None] = ContextVar("crm_warned", default=None)


@contextmanager
def listening() -> Iterator[None]:
    """Keep what is said within, for `heard`."""
    token = _ear.set({})
    try:
        yield
    finally:
        _ear.reset(token)


def say(one: Warned) -> None:
    ear = _ear.get()
    if ear is not None:
        ear[one] = None


def is_heard() -> bool:
    """Whether anybody listens; else nothing need be asked."""
    return _ear.get() is not None


def heard() -> list[Warned]:
    """What was said since somebody listens, each once, in its order."""
    return list(_ear.get() or ())


def sentences() -> list[str]:
    """What was heard, for people: the field, and the record where there are several kinds."""
    found = heard()
    several = len({one.kind for one in found}) > 1
    lines = [
        f"{one.kind.capitalize()}, {one.label}: {one.words}"
        if several
        else f"{one.label}: {one.words}"
        for one in found
    ]
    more = len(lines) - MOST_SAID
    return (
        lines
        if more <= 0
        else [*lines[:MOST_SAID], f"And {more} more warning{'' if more == 1 else 's'}."]
    )
