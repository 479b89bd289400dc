"""What the Ctrl-K box offers besides records: things to do, pages, and the rest of an operator."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from coordinator.navigation import sections
from desk.models import RequestType, SalesRequest
from kit.query_words import CHOICES, OPERATORS, Query
from people.models import User

MOST_TYPES: Final = 8
MOST_HINTS: Final = 6
LEAST_OF_A_NAME: Final = 2


@dataclass(frozen=True)
class Action:
    """Something to do: a link, or a form that is sent with `name` and `value`."""

    label: str
    url: str
    icon: str
    sub: str = ""
    post: bool = False
    name: str = ""
    value: str = ""
    theme: bool = False
    at_once: bool = False  # shown before anything is typed


@dataclass(frozen=True)
class Hint:
    """The rest of what somebody types: `q` is the whole search with it."""

    label: str
    sub: str
    q: str

    @property
    def url(self) -> str:
        return f"{reverse('search')}?{urlencode({'q': self.q})}"


def actions(user: User, query: Query, path: str) -> list[Action]:
    """What `user` can do that fits the words; the most usual before anything is typed."""
    if query.filters:
        return []
    words = [word.lower() for word in query.words]
    if not words:
        return [one for one in _all(user, path) if one.at_once]
    fitting = [one for one in _all(user, path) if all(w in one.label.lower() for w in words)]
    return [*_claim(user, query), *fitting]


def _all(user: User, path: str) -> Iterator[Action]:
    if user.has_perm("desk.claim_salesrequest"):
        yield Action("Take next", reverse("desk:take_next"), "player-track-next",
                     "The most urgent request that nobody has", post=True, at_once=True)  # fmt: skip
    if user.has_perm("desk.add_salesrequest"):
        types = RequestType.objects.filter(is_active=True).order_by("position", "pk")
        for place, (slug, name, icon) in enumerate(
            types.values_list("slug", "name", "icon")[:MOST_TYPES]
        ):
            url = reverse("desk:new", args=[slug])
            yield Action(f"New {name.lower()} request", url, icon, at_once=place < LEAST_OF_A_NAME)
    for section in sections(user, path):
        for item in section.items:
            at_once = item.label in {"Queue", "My requests"}
            yield Action(f"Go to {item.label}", item.url, item.icon, at_once=at_once)
    yield Action("Switch theme", reverse("people:appearance"), "moon", "Light or dark",
                 post=True, name="theme", value="light" if user.theme == "dark" else "dark",
                 theme=True, at_once=True)  # fmt: skip


def _claim(user: User, query: Query) -> Iterator[Action]:
    """Claim the request whose number was typed, while nobody has it."""
    prefix, number = query.reference or ("?", 0)
    if prefix not in {"", "R"} or number >= 2**62 or not user.has_perm("desk.claim_salesrequest"):
        return
    row = SalesRequest.objects.visible_to(user).waiting().filter(pk=number).first()
    if row is not None:
        yield Action(f"Claim {row.ref}", reverse("desk:claim", args=[row.pk]), "hand-stop",
                     row.subject, post=True)  # fmt: skip


def hints(text: str) -> list[Hint]:
    """How the last word may go on: values of an operator, operators that begin so."""
    head, _, last = text.rpartition(" ")
    head, minus, last = f"{head} " if head else "", last[:1] == "-", last.removeprefix("-")
    sign = "-" if minus else ""
    name, colon, begun = last.partition(":")
    if colon:
        return [
            Hint(f"{sign}{name}:{value}", "", f"{head}{sign}{name}:{value} ")
            for value in CHOICES.get(name.lower(), ())
            if value.startswith(begun.lower()) and value != begun
        ]
    fitting = [
        known for known in OPERATORS
        if not text.strip() or (len(name) >= LEAST_OF_A_NAME and known.startswith(name.lower()))
    ]  # fmt: skip
    return [
        Hint(f"{sign}{known}:", OPERATORS[known], f"{head}{sign}{known}:")
        for known in fitting[:MOST_HINTS]
    ]
