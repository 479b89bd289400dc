"""How often one address may knock at doors that need no account."""

from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from time import time
from typing import Any, Final

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

A_MINUTE: Final = 60
LONGEST: Final = 45  # what an IPv6 address takes
View = Callable[..., HttpResponse]


def address(request: HttpRequest) -> str:
    """Where a call comes from. Behind a proxy that is the last address of X-Forwarded-For, which the
    proxy itself adds; what stands before it anybody may have written."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    told = str(request.headers.get("x-forwarded-for", "")).rsplit(",", 1)[-1].strip()
    if not settings.BEHIND_PROXY or not told:
        return direct
    try:
        return str(ip_address(told[:LONGEST]))
    except ValueError:
        return direct


def too_often(what: str, most: int) -> bool:
    """Count one more of `what` in this minute; whether that is more than `most`."""
    counters, window = caches["counters"], int(time()) // A_MINUTE
    key = f"{what}:{window}"
    counters.add(key, 0, A_MINUTE + 1)
    try:
        return int(counters.incr(key)) > most
    except ValueError:  # it ran out between the two
        return most < 1


def limited(view: View, *, per_minute: int = 90) -> View:
    """Answer 429 once an address has asked more often than that in a minute."""
    if per_minute < 1:
        raise ImproperlyConfigured("A limit below one shuts the door.")

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if too_often(f"door:{address(request)}", per_minute):
            return TemplateResponse(request, "429.html", {}, status=429)
        return view(request, *args, **kwargs)

    return door
