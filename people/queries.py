"""Reads of people."""

from collections.abc import Collection

from django.db.models.functions import Lower

from people.models import Role, User


def colleagues(names: Collection[str]) -> dict[str, int]:
    """Keys by name or address, whatever the case; a name that two people have is nobody's."""
    low = {name.lower() for name in names}
    rows = User.objects.annotate(low_email=Lower("email"), low_name=Lower("name"))
    by_email = dict(rows.filter(low_email__in=low).values_list("low_email", "pk"))
    by_name: dict[str, list[int]] = {}
    for name, pk in rows.filter(low_name__in=low).values_list("low_name", "pk"):
        by_name.setdefault(name, []).append(pk)
    single = {name: pks[0] for name, pks in by_name.items() if len(pks) == 1}
    found = single | by_email
    return {name: found[name.lower()] for name in names if name.lower() in found}


def role_names(users: Collection[int]) -> dict[int, list[str]]:
    """What the roles of these people are called: {user: labels}."""
    found: dict[int, list[str]] = {}
    rows = User.groups.through.objects.filter(user__in=users).order_by("group__name")
    for user, name in rows.values_list("user_id", "group__name"):
        if name in Role.values:
            found.setdefault(user, []).append(str(Role(name).label))
    return found
