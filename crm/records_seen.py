"""A record of any kind, as somebody may see it: what the doors of quality share."""

from typing import Any, Final

from django.http import Http404, HttpRequest
from django.urls import reverse

from crm.queries.records import seen_by
from people.doors import me
from people.models import User

WORDS: Final = {"account": "Accounts", "contact": "Contacts", "deal": "Deals", "lead": "Leads"}


def seen(request: HttpRequest, kind: str, pk: int, *, to: str = "view") -> Any:
    """The record, if this person may `view` or `change` it; 404 otherwise."""
    user = me(request)
    rows = seen_by(user, kind)
    row = None if rows is None else rows.filter(pk=pk).first()
    if row is None or not user.has_perm(f"crm.{to}_{kind}"):
        raise Http404
    return row


def kinds_for(user: User, kinds: tuple[str, ...]) -> list[tuple[str, str]]:
    """(kind, words) of those that this person may see."""
    return [(kind, WORDS[kind]) for kind in kinds if user.has_perm(f"crm.view_{kind}")]


def page_of(kind: str, pk: int) -> str:
    """The address of a record."""
    return reverse(f"crm:{kind}", args=[pk])
