"""Words that are written again and again: all of them, who looks after them, which are used."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from comms import services as comms
from comms.models import MessageTemplate, PastTemplate
from library.queries.templates import listed, use_of
from library.services import today
from library.views.doors import VIEW
from people.doors import me

CHANGES = "comms.change_messagetemplate"


@require_safe
@permission_required(VIEW, raise_exception=True)
def templates(request: HttpRequest) -> HttpResponse:
    """All templates, the most used first."""
    view = request.GET.get("view", "")
    lines = listed(today(timezone.now()), view=view)
    context = {"lines": lines, "view": view, "may": me(request).has_perm(CHANGES)}
    return TemplateResponse(request, "library/templates.html", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def template(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(request, pk)


def _shown(request: HttpRequest, pk: int, *, status: int = 200, problem: str = "") -> HttpResponse:
    row = get_object_or_404(MessageTemplate.objects.select_related("owner", "team"), pk=pk)
    now = today(timezone.now())
    context = {
        "row": row, "past": row.past.select_related("by").order_by("-version")[:30],
        "use": use_of(f"template:{row.pk}", now), "may": me(request).has_perm(CHANGES),
        "outdated": row.review_on is not None and row.review_on < now, "problem": problem,
    }  # fmt: skip
    return TemplateResponse(request, "library/template.html", context, status=status)


@require_POST
@permission_required(CHANGES, raise_exception=True)
def take_again(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    """Let it say again what it said before."""
    rows = PastTemplate.objects.filter(template=pk)
    past = get_object_or_404(rows, version=version) if version < 2**31 else None
    if past is None:
        return redirect("library:template", pk)
    try:
        comms.take_again(past, by=me(request), at=timezone.now())
    except comms.NotEditable as refusal:
        return _shown(request, pk, status=HTTPStatus.CONFLICT, problem=str(refusal))
    messages.success(request, f"It says again what version {version} said.")
    return redirect("library:template", pk)
