"""Who stands at the door, for views."""

from django.http import HttpRequest

from people.models import User


def me(request: HttpRequest) -> User:
    """The colleague who is signed in; LoginRequiredMiddleware saw to it that there is one."""
    if not isinstance(request.user, User):
        raise TypeError("This view was opened to people who are not signed in.")
    return request.user
