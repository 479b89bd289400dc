"""Bearer tokens for the API."""

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from people.models import ApiToken, User
from people.queries import bearer
from people.services import digest


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer scp_…`, made on the profile page or by `manage.py api_token`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:  # noqa: PLR2004 - "Bearer" and the token
            raise AuthenticationFailed("Send: Authorization: Bearer TOKEN.", "bad_header")
        found = bearer(digest(words[1].decode("latin-1")))
        if found is None:
            raise AuthenticationFailed("This token is not valid (any more).", "bad_token")
        _, token = found
        today = timezone.now().date()
        if not token.used_today(today):
            ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
        return found

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names it."""

    target_class = "people.api.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}
