"""Words that are written again and again: all of them, who looks after them, which are used."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from comms import services as comms
from comms.models import Versioned
from comms.templates import Source
from library.queries import templates as queries
from library.services import today
from library.views.doors import VIEW
from people.doors import me

LARGEST = 2**31


@require_safe
@permission_required(VIEW, raise_exception=True)
def templates(request: HttpRequest) -> HttpResponse:
    """All templates, the most used first."""
    view = request.GET.get("view", "")
    mine = [one for one in queries.sources() if me(request).has_perm(one.permission)]
    lines = queries.listed(today(timezone.now()), view=view)
    context = {"lines": lines, "view": view, "mine": mine}
    return TemplateResponse(request, "library/templates.html", context)


def _found(kind: str, pk: int) -> tuple[Source, Any]:
    source = queries.source_of(kind)
    if source is None:
        raise Http404
    return source, get_object_or_404(source.rows(), pk=pk)


@require_safe
@permission_required(VIEW, raise_exception=True)
def template(request: HttpRequest, pk: int, kind: str = "template") -> HttpResponse:
    """What it says, whose it is, what it said before."""
    source, row = _found(kind, pk)
    now = today(timezone.now())
    context = {
        "source": source, "row": row, "where": source.where(row), "edit": source.edit(row.pk),
        "versions": queries.versions(source, row), "use": queries.use_of(source.key(row.pk), now),
        "may": me(request).has_perm(source.permission), "outdated": queries.is_outdated(row, now),
    }  # fmt: skip
    return TemplateResponse(request, "library/template.html", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def version(request: HttpRequest, kind: str, pk: int, number: int) -> HttpResponse:
    """An earlier version, and what is different now."""
    source, row = _found(kind, pk)
    if number == row.version:
        return redirect("library:template_of", kind, pk)
    return _version(request, source, row, number)


def _version(
    request: HttpRequest, source: Source, row: Versioned, number: int, *, problem: str = ""
) -> HttpResponse:
    if number >= LARGEST:
        raise Http404
    past = get_object_or_404(row.past.select_related("by"), version=number)
    told = next((one for one in queries.versions(source, row) if one.number == number), None)
    context = {
        "source": source, "row": row, "past": past, "told": told, "problem": problem,
        "changes": queries.changes(past, row), "may": me(request).has_perm(source.permission),
    }  # fmt: skip
    status = HTTPStatus.CONFLICT if problem else HTTPStatus.OK
    return TemplateResponse(request, "library/template_version.html", context, status=status)


@require_POST
@permission_required(VIEW, raise_exception=True)
def take_again(request: HttpRequest, kind: str, pk: int, number: int) -> HttpResponse:
    """Let it say again what it said before."""
    source, row = _found(kind, pk)
    if not me(request).has_perm(source.permission):
        raise PermissionDenied
    try:
        comms.take_again(row, min(number, LARGEST - 1), by=me(request), at=timezone.now())
    except comms.NotEditable as refusal:
        return _version(request, source, row, number, problem=str(refusal))
    messages.success(request, f"It says again what version {number} said.")
    return redirect("library:template_of", kind, pk)
