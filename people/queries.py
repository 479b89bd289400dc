"""Reads of people."""

from collections.abc import Collection
from typing import Any, Final

from django.db import connection
from django.db.models.functions import Lower

from people.models import ApiToken, Role, User

# Every page and call asks who is there and what that person may do: one statement for both.
_GRANTED: Final = """ARRAY(
    SELECT t.app_label || '.' || p.codename
    FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
    WHERE p.id IN (
        SELECT gp.permission_id FROM auth_group_permissions gp
        JOIN people_user_groups ug ON ug.group_id = gp.group_id WHERE ug.user_id = u.id
        UNION ALL
        SELECT up.permission_id FROM people_user_user_permissions up WHERE up.user_id = u.id)
    ) AS granted"""
_FIELDS: Final = [field.attname for field in User._meta.concrete_fields]
_COLUMNS: Final = ", ".join(f'u."{field.column}"' for field in User._meta.concrete_fields)
_BY_KEY: Final = f"SELECT {_GRANTED}, {_COLUMNS} FROM people_user u WHERE u.id = %s"  # noqa: S608 - ours
_BY_TOKEN: Final = f"""
SELECT a.id, a.name, a.last_used_on, {_GRANTED}, {_COLUMNS}
FROM people_apitoken a JOIN people_user u ON u.id = a.user_id
WHERE a.digest = %s AND a.revoked_at IS NULL AND u.is_active
"""  # noqa: S608 - ours


def person(pk: int) -> User | None:
    """Somebody with what the own and the groups' permissions grant, where has_perm looks."""
    row = _row(_BY_KEY, pk)
    return None if row is None else _granted(row)


def bearer(digest: str) -> tuple[User, ApiToken] | None:
    """Whose token that is, if it is valid, as `person` gives it."""
    row = _row(_BY_TOKEN, digest)
    if row is None:
        return None
    user = _granted(row[3:])
    return user, ApiToken(pk=row[0], name=row[1], last_used_on=row[2], user=user)


def _row(statement: str, value: int | str) -> Any:
    with connection.cursor() as sql:
        sql.execute(statement, [value])
        return sql.fetchone()


def _granted(row: Any) -> User:
    user = User.from_db("default", _FIELDS, row[1:])
    if not user.is_superuser:
        user._perm_cache = set(row[0])  # type: ignore[attr-defined]  # noqa: SLF001 - Django's own
    return user


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
