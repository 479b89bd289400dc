"""What every answer needs: a request id, a reader's zone, what rules warn about, honest words when
Postgres is busy."""

import contextlib
import json
import logging
import secrets
import zoneinfo
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import DatabaseError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.utils import timezone

from coordinator import logs
from crm.services import warned
from kit import uploads
from kit.refusals import BadFields
from people.models import User

Answer = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger(__name__)


def request_id(get_response: Answer) -> Answer:
    """Give each request an id that stands in the logs and on error pages."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = secrets.token_hex(8)
        logs.request_id.set(token)
        request.request_id = token  # type: ignore[attr-defined]
        response = get_response(request)
        response["X-Request-ID"] = token
        if response.status_code in {401, 403}:
            log.warning("denied %s %s with %d", request.method, request.path, response.status_code)
        return response

    return middleware


class BusyDatabase:
    """Locks that last too long and lost connections become 503 with Retry-After, never 500."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except OperationalError as fault:
            return unavailable(request, fault)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        return unavailable(request, fault) if isinstance(fault, OperationalError) else None


busy_database = BusyDatabase


def unavailable(request: HttpRequest, fault: DatabaseError) -> HttpResponse:
    """Answer 503; the connection is closed so that the next request gets a fresh one."""
    log.warning("database busy or away: %s", type(fault.__cause__ or fault).__name__)
    connection.close()
    detail = "The database is busy. Nothing was saved; try again in a few seconds."
    response: HttpResponse
    if request.path.startswith("/api/"):
        body = {"type": "busy", "title": "Busy", "status": 503, "detail": detail}
        response = JsonResponse(body, status=503, content_type="application/problem+json")
    else:
        response = render(None, "errors/503.html", {"detail": detail}, status=503)
    response["Retry-After"] = "3"
    return response


class RefusedFields:
    """A net under all doors: values that a service refuses are a 422 with words, never a 500."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        if not isinstance(fault, BadFields):
            return None
        return render(request, "errors/422.html", {"detail": str(fault)}, status=422)


refused_fields = RefusedFields


class BodyLimit:
    """413 for what is larger than its door takes: by the length that is said before a byte is read,
    else by what came. Before CsrfViewMiddleware, which reads forms."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Any,
        args: Any,  # noqa: ARG002
        kwargs: Any,  # noqa: ARG002
    ) -> HttpResponse | None:
        try:
            uploads.check_length(request)
            itself = hasattr(view, "cls") or hasattr(view, "reads_itself")
            if request.content_type == uploads.MULTIPART and not itself:
                with contextlib.suppress(UnreadablePostError):
                    request.POST  # noqa: B018 - reading it reads the files; the API does so itself
        except uploads.TooLarge as refusal:
            return too_large(request, refusal)
        dropped = uploads.refusal_of(request)
        return too_large(request, dropped) if dropped else None


body_limit = BodyLimit


def too_large(request: HttpRequest, refusal: uploads.TooLarge) -> HttpResponse:
    log.warning("too large %s %s", request.method, request.path)
    detail, status = str(refusal), int(refusal.status)
    if request.path.startswith("/api/"):
        body = {"type": refusal.code, "title": "TooLarge", "status": status, "detail": detail}
        return JsonResponse(body, status=status, content_type="application/problem+json")
    context = {"detail": detail, "fragment": "HX-Request" in request.headers}
    return render(None, "errors/413.html", context, status=status)


def reader(get_response: Answer) -> Answer:
    """Show times in the reader's zone; keep private pages out of shared caches."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            timezone.activate(zoneinfo.ZoneInfo(user.zone))
        else:
            timezone.deactivate()
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    return middleware


def rule_warnings(get_response: Answer) -> Answer:
    """Say what rules that only warn made of a change: with the next page where there is one, beside
    the part that htmx swaps else. The API says it in its body (see crm.api.shared)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with warned.listening():
            response = get_response(request)
            if warned.heard() and response.status_code < HTTPStatus.BAD_REQUEST:
                _say(request, response, warned.sentences())
        return response

    return middleware


def _say(request: HttpRequest, response: HttpResponse, lines: list[str]) -> None:
    goes_on = response.status_code >= HTTPStatus.MULTIPLE_CHOICES
    if goes_on or "HX-Redirect" in response or "HX-Refresh" in response:
        for line in lines:
            messages.warning(request, line)
    elif "HX-Request" in request.headers:
        before = json.loads(response.get("HX-Trigger") or "{}")
        response["HX-Trigger"] = json.dumps({**before, "warned": {"texts": lines}})
