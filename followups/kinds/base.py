"""What rules may say of one kind of thing: its readers, its moments, its fields, when it is over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from comms.models import Thread
from crm.models import Contact
from people.models import User


@dataclass(frozen=True)
class Reader:
    """To whom something goes."""

    email: str
    name: str
    user: User | None = None
    contact: Contact | None = None


@dataclass(frozen=True)
class Readers:
    """`gone` says of a reader, by name, why she is none any more."""

    label: str
    find: Callable[[Any], list[Reader]]
    outside: bool = False
    gone: str = "{} is no longer the one to tell."


@dataclass(frozen=True)
class Moment:
    label: str
    find: Callable[[Any], datetime | None]


@dataclass(frozen=True)
class Value:
    """A field: in conditions, and as a variable in texts. `sort` is text, number, day, yes, or
    lines (a list of texts, for a loop)."""

    label: str
    find: Callable[[Any], Any]
    sort: str = "text"


def nobody(_subject: Any) -> None:
    return None


def not_over(_subject: Any) -> str:
    return ""


def no_page(_subject: Any, _reader: Reader) -> str:
    return ""


@dataclass(frozen=True)
class Kind:
    """`word` is the name of its variables in texts: {{ quote.number }}. `load` finds many by key;
    `over` says why nothing is owed any more; `ends` are the journal's words for that,
    `moves` those after which a moment may be another; `thread` is the conversation where answers belong, if
    not its own. Where customers
    act by a secret link, `fresh_page` makes one when a mail leaves, and no earlier text holds it."""

    label: str
    word: str
    name: str
    load: Callable[[set[int]], dict[int, Any]]
    account: Callable[[Any], int | None]
    readers: Mapping[str, Readers]
    fields: Mapping[str, Value]
    sender: Callable[[Any], User | None] = nobody
    moments: Mapping[str, Moment] = field(default_factory=dict)
    over: Callable[[Any], str] = not_over
    ends: frozenset[str] = frozenset()
    moves: frozenset[str] = frozenset()
    page: Callable[[Any, Reader], str] = no_page
    thread: Callable[[Any], Thread | None] = nobody
    fresh_page: Callable[[Any, Reader, datetime], str] | None = None


def of_user(user: User | None) -> list[Reader]:
    if user is None or not user.is_active or not user.email:
        return []
    return [Reader(user.email, user.get_full_name(), user=user)]


def of_contact(contact: Contact | None) -> list[Reader]:
    if contact is None or not contact.email or not contact.is_active:
        return []
    return [Reader(contact.email, contact.name, contact=contact)]
