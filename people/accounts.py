"""Sign-in rules: people are invited, they do not register; what they may do is one query."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from people import queries
from people.models import User


class OneQueryBackend(AuthenticationBackend):
    """Who is signed in, and what that person may do, in one statement."""

    def get_user(self, user_id: Any) -> User | None:
        user = queries.person(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        cached = getattr(user_obj, "_perm_cache", None)
        if cached is not None and obj is None and user_obj.is_active:
            return set(cached)
        return set(super().get_all_permissions(user_obj, obj))


class InvitedOnly(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return "/"

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There is no user name: the e-mail address is the name."""
