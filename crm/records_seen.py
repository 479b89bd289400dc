"""A record of any kind, as somebody may see it: what the doors of quality share."""

from typing import Any, Final

from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse

from crm.models import Account, Contact, Deal, Lead
from people.doors import me
from people.models import User

MODELS: Final[dict[str, Any]] = {"account": Account, "contact": Contact, "deal": Deal, "lead": Lead}
PAGES: Final = {"account": "account", "contact": "contact", "deal": "deal", "lead": "lead"}
WORDS: Final = {"account": "Accounts", "contact": "Contacts", "deal": "Deals", "lead": "Leads"}


def seen(request: HttpRequest, kind: str, pk: int, *, to: str = "view") -> Any:
    """The record, if this person may `view` or `change` it; 404 otherwise."""
    user = me(request)
    if kind not in MODELS or not user.has_perm(f"crm.{to}_{kind}"):
        raise Http404
    row = MODELS[kind].objects.visible_to(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def kinds_for(user: User, kinds: tuple[str, ...]) -> list[tuple[str, str]]:
    """(kind, words) of those that this person may see."""
    return [(kind, WORDS[kind]) for kind in kinds if user.has_perm(f"crm.view_{kind}")]


def page_of(kind: str, pk: int) -> str:
    """The address of a record; a contact without a page of its own is opened where it is edited."""
    try:
        return reverse(f"crm:{PAGES[kind]}", args=[pk])
    except NoReverseMatch:
        if kind == "contact":
            return reverse("crm:edit_contact", args=[pk])
        return reverse("crm:quality_card", args=[kind, pk])
