"""Sign-in rules: people are invited, they do not register; what they may do is one query."""

from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection
from django.http import HttpRequest

PERMISSIONS: Final = """
SELECT t.app_label || '.' || p.codename
FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
WHERE p.id IN (
    SELECT gp.permission_id FROM auth_group_permissions gp
    JOIN people_user_groups ug ON ug.group_id = gp.group_id WHERE ug.user_id = %(user)s
    UNION ALL
    SELECT up.permission_id FROM people_user_user_permissions up WHERE up.user_id = %(user)s)
"""


class OneQueryBackend(AuthenticationBackend):
    """Every page asks what its reader may do: the own and the groups' permissions at once."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if user_obj.is_superuser or not user_obj.is_active or user_obj.is_anonymous or obj:
            return set(super().get_all_permissions(user_obj, obj))
        if not hasattr(user_obj, "_perm_cache"):
            with connection.cursor() as sql:
                sql.execute(PERMISSIONS, {"user": user_obj.pk})
                user_obj._perm_cache = {name for (name,) in sql.fetchall()}  # noqa: SLF001 - Django's own cache
        return set(user_obj._perm_cache)  # noqa: SLF001


class InvitedOnly(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return "/"

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There is no user name: the e-mail address is the name."""
