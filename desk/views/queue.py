"""Home, the queue, taking what is next."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk import queries, services
from desk.forms import QueueFilters
from desk.models import IllegalMove, RequestType, SalesRequest
from people.doors import me

PAGE = 50
MORE = 500


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What to do next, and why."""
    user, now = me(request), timezone.now()
    context = {
        "lines": queries.radar(user, now),
        "mine": SalesRequest.objects.filter(requester=user).open().order_by("-pk")[:8],
        "now": now,
    }
    return TemplateResponse(request, "desk/home.html", context)


@require_safe
@permission_required("desk.work_queue", raise_exception=True)
def queue(request: HttpRequest) -> HttpResponse:
    """Open requests, soonest due first: a table or a board over the same rows."""
    token = queries.token()
    context = {**_rows(request), "token": token}
    context["counts"] = queries.view_counts(me(request), context["now"])
    context["types"] = RequestType.objects.filter(is_active=True).order_by("position", "pk")
    response = TemplateResponse(request, "desk/queue.html", context)
    response["ETag"] = f'"{token}"'
    return response


@require_safe
@permission_required("desk.work_queue", raise_exception=True)
def changes(request: HttpRequest) -> HttpResponse:
    """The rows again if something changed since; else 304 after one look at an index."""
    tag = f'"{queries.token()}"'
    if tag in request.headers.get("If-None-Match", "") or tag.strip('"') == request.GET.get("v"):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    response = TemplateResponse(request, "desk/queue.html#rows", _rows(request))
    response["ETag"] = tag
    query = request.GET.copy()
    query["v"] = tag.strip('"')
    response["X-Live"] = f"{request.path}?{query.urlencode()}"
    return response


def _rows(request: HttpRequest) -> dict[str, Any]:
    user, now = me(request), timezone.now()
    view = request.GET.get("view", "all")
    view = view if view in queries.VIEWS else "all"
    limit = MORE if "more" in request.GET else PAGE
    rows = _filtered(request, queries.view_of(SalesRequest.objects.open(), view, user, now))
    found = queries.queue_rows(rows, now, limit + 1)
    as_board = request.GET.get("as") == "board"
    shown = found[:limit]
    return {
        "groups": [] if as_board else queries.grouped(shown),
        "columns": queries.board(shown) if as_board else [],
        "as_board": as_board, "view": view, "more": len(found) > limit, "now": now,
        "shown": len(shown), "params": _params(request), "q": request.GET.get("q", ""),
    }  # fmt: skip


def _params(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("v", None)
    return query.urlencode()


def _filtered(request: HttpRequest, rows: QuerySet[SalesRequest]) -> QuerySet[SalesRequest]:
    form = QueueFilters(request.GET)
    form.is_valid()
    said = form.cleaned_data
    if said.get("q"):
        rows = rows.search(said["q"])  # type: ignore[attr-defined]
    for name, column in (("type", "type__slug"), ("owner", "holder"), ("party", "party")):
        if said.get(name):
            rows = rows.filter(**{column: said[name]})
    if said.get("priority"):
        rows = rows.filter(priority=said["priority"])
    return rows


@require_POST
@permission_required("desk.claim_salesrequest", raise_exception=True)
def take_next(request: HttpRequest) -> HttpResponse:
    """The most urgent request that nobody has."""
    row = services.take_next(by=me(request), at=timezone.now())
    if row is None:
        messages.info(request, "Nothing waits to be taken.")
        return redirect("desk:queue")
    return redirect("desk:request", row.pk)


@require_POST
@permission_required("desk.claim_salesrequest", raise_exception=True)
def claim_many(request: HttpRequest) -> HttpResponse:
    """Claim all that are ticked; those that somebody else got first are named."""
    picked = [
        int(pk) for pk in request.POST.getlist("pick")[:200] if pk.isascii() and pk.isdecimal()
    ]
    taken = 0
    for row in SalesRequest.objects.filter(pk__in=[pk for pk in picked if pk < 2**62]).order_by(
        "pk"
    ):
        try:
            services.claim(row, by=me(request), at=timezone.now())
            taken += 1
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
    messages.success(request, f"You have {taken} more.")
    return redirect("desk:queue")
