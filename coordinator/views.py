"""Doors that belong to no app: health, search, help, the demo's sign-in, errors."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from coordinator import jump
from coordinator import search as finder
from coordinator.navigation import demo_roles
from kit.query_words import LONGEST, OPERATORS, Query
from people.doors import me
from people.models import User

IN_BOX, ON_PAGE, MANY = 5, 10, 50  # rows of a kind


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The process answers and the database does."""
    try:
        with connection.cursor() as sql:
            sql.execute("SELECT 1")
    except Error:
        return HttpResponse("database away", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find, jump and act: the box of Ctrl-K asks for its part of the page by htmx."""
    user, text = me(request), request.GET.get("q", "").replace("\0", "").strip()
    in_box = bool(request.htmx)  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "q": text[:LONGEST],
        "operators": OPERATORS,
        "help_url": reverse("help", args=["search"]),
        "status": HTTPStatus.OK,
    }
    try:
        query = finder.read(text)
    except finder.TooLong as refusal:
        context |= {"result": finder.Result(Query(), notes=(str(refusal),))}
        context["status"] = HTTPStatus.BAD_REQUEST
    else:
        one_kind = len(query.values("type")) == 1
        limit = IN_BOX if in_box else MANY if one_kind else ON_PAGE
        context |= {
            "result": finder.search(user, query, now=timezone.now(), limit=limit),
            "actions": jump.actions(user, query, request.path) if query or not text else [],
            "hints": jump.hints(request.GET.get("q", "")),
            "completing": ":" in text.rpartition(" ")[2],  # then the rest of it comes first
            "recent": None if text else finder.recent(user, finder.opened(request)),
        }
    return TemplateResponse(
        request, f"search.html{'#box' if in_box else ''}", context, status=context["status"]
    )


@require_safe
def help_page(request: HttpRequest, page: str) -> HttpResponse:
    """The app's own help."""
    try:
        get_template(f"help/{page}.html")
    except TemplateDoesNotExist as missing:
        raise Http404 from missing
    return TemplateResponse(request, f"help/{page}.html")


@require_POST
@login_not_required
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Demo only: sign in as one of the shown people without typing a password."""
    email = request.POST.get("email", "")
    if email not in {role["email"] for role in demo_roles()}:
        raise Http404
    user = get_object_or_404(User.objects.active(), email=email)
    login(request, user, backend="people.accounts.OneQueryBackend")
    return redirect("desk:home")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _error(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _error(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(request, 500)


def _error(request: HttpRequest, status: int) -> HttpResponse:
    token = getattr(request, "request_id", "")
    if request.path.startswith("/api/"):
        titles = {400: "Bad request", 403: "Forbidden", 404: "Not found", 500: "Server error"}
        body = {"type": "error", "title": titles[status], "status": status, "request_id": token}
        return JsonResponse(body, status=status, content_type="application/problem+json")
    return render(request, f"errors/{status}.html", {"request_id": token}, status=status)
