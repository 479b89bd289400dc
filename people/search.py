"""The colleagues whom from: and holder: name."""

from typing import Final

from django.db.models import Q

from kit.search import SHORTEST, contains_fragment
from people.models import User

MOST: Final = 20


def people_keys(user: User, name: str) -> tuple[int, ...]:
    """Those with the address, or the fragment in their name; "me" is who asks."""
    if name.lower() == "me":
        return (user.pk,)
    if "@" in name:
        rows = User.objects.filter(email__iexact=name)
    elif len(name) < SHORTEST:
        rows = User.objects.filter(Q(name__istartswith=name))
    else:
        rows = contains_fragment(User.objects.all(), "name", name)
    return tuple(rows.by_name().values_list("pk", flat=True)[:MOST])


def members(team: int) -> tuple[int, ...]:
    """Everybody of a team, also those who have left: their work stays theirs."""
    return tuple(User.objects.filter(team=team).values_list("pk", flat=True)[:200])
