"""What an announcement can be about: objects of other apps, found by what people call them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.urls import reverse

from announcements.models import Link
from people.models import User

MOST = 30


@dataclass(frozen=True)
class Named:
    """One thing that an announcement is about."""

    subject_type: str
    subject_id: int
    name: str


def find(subject_type: str, names: Iterable[str]) -> tuple[list[Named], list[str]]:
    """The things of a kind that are called so, whatever the case, and the names that nothing, or
    more than one, has."""
    field = settings.ANNOUNCEMENT_LINKS[subject_type][0]
    rows = apps.get_model(subject_type)._default_manager.all()
    found, missing = [], []
    for name in dict.fromkeys(names):
        same = list(rows.filter(**{f"{field}__iexact": name}).order_by("pk")[:2])
        if len(same) == 1:
            found.append(Named(subject_type, same[0].pk, str(getattr(same[0], field))[:200]))
        else:
            missing.append(name)
    return found, missing


def title_of(subject_type: str, name: str) -> str:
    """What the thing itself is called in full, or "" if there is none such."""
    found, _ = find(subject_type, [name])
    rows = apps.get_model(subject_type)._default_manager
    return str(rows.filter(pk=found[0].subject_id).first()) if found else ""


def shown_to(user: User, links: Iterable[Link]) -> list[tuple[str, str]]:
    """(name, address) of the links; without an address where `user` may not open it."""
    found = []
    for link in links:
        known = settings.ANNOUNCEMENT_LINKS.get(link.subject_type)
        may = known is not None and user.has_perm(known[2])
        found.append(
            (link.name, reverse(known[1], args=[link.subject_id]) if known and may else "")
        )
    return found
