"""Home, the queue, taking what is next."""

from datetime import datetime
from http import HTTPStatus
from math import ceil
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk import queries, services
from desk.forms import QueueFilters
from desk.models import IllegalMove, RequestType, SalesRequest
from desk.views.request import page, visible
from people.doors import me

PAGE = 50


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
    context = _rows(request)
    context["live"] = _live(request, token, context["stale_at"])
    context["counts"] = queries.view_counts(me(request), context["now"], token)
    context["types"] = RequestType.objects.filter(is_active=True).order_by("position", "pk")
    response = TemplateResponse(request, "desk/queue.html", context)
    response["ETag"] = f'"{token}"'
    return response


@require_safe
@permission_required("desk.work_queue", raise_exception=True)
def changes(request: HttpRequest) -> HttpResponse:
    """The rows again if something changed since; else 304 after one look at an index.

    `until` is when time alone changes the list: from then on it is told again.
    """
    token, until = queries.token(), request.GET.get("until", "")
    known = f'"{token}"' in request.headers.get("If-None-Match", "") or token == request.GET.get(
        "v"
    )
    if known and not (until.isdecimal() and timezone.now().timestamp() >= float(until[:15])):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{token}"'})
    context = _rows(request)
    response = TemplateResponse(request, "desk/queue.html#rows", context)
    response["ETag"] = f'"{token}"'
    response["X-Live"] = _live(request, token, context["stale_at"])
    return response


def _live(request: HttpRequest, token: str, stale_at: datetime | None) -> str:
    """Where this list asks for changes: the same filters, what it knows, how long that holds."""
    query = request.GET.copy()
    query["v"] = token
    query["until"] = str(ceil(stale_at.timestamp())) if stale_at else ""
    return f"{reverse('desk:changes')}?{query.urlencode()}"


def _rows(request: HttpRequest) -> dict[str, Any]:
    user, now = me(request), timezone.now()
    view = request.GET.get("view", "all")
    view = view if view in queries.VIEWS else "all"
    wanted = _filtered(request, SalesRequest.objects.open())
    after = request.GET.get("after", "")
    rows = queries.after_place(queries.view_of(wanted, view, user, now), after)
    found = queries.queue_rows(rows, now, PAGE + 1)
    as_board = request.GET.get("as") == "board"
    shown = found[:PAGE]
    return {
        "groups": [] if as_board else queries.grouped(shown),
        "columns": queries.board(shown) if as_board else [],
        "as_board": as_board, "view": view, "now": now, "shown": len(shown),
        "after": after, "next": queries.place_of(shown[-1]) if len(found) > PAGE else "",
        "stale_at": queries.stale_at(shown, wanted, view, now), "q": request.GET.get("q", ""),
    }  # fmt: skip


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
    if taken:
        messages.success(request, f"You have {taken} more.")
    elif not picked:
        messages.info(request, "Tick the requests that you want to claim.")
    return redirect("desk:queue")


@require_POST
@permission_required("desk.claim_salesrequest", raise_exception=True)
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a request: htmx gets its row back, also when somebody was faster; others its page."""
    row, now = visible(request, pk), timezone.now()
    status, problem = HTTPStatus.OK, ""
    try:
        services.claim(row, by=me(request), at=now)
    except IllegalMove as refusal:
        status, problem = HTTPStatus.CONFLICT, str(refusal)
    if getattr(request, "htmx", False):
        found = queries.queue_rows(SalesRequest.objects.filter(pk=pk), now, 1)
        context = {"row": found[0], "problem": problem}
        return TemplateResponse(request, "desk/queue.html#row", context, status=status)
    if problem:
        return page(request, visible(request, pk), status=status, problem=problem)
    messages.success(request, f"{row.ref} is yours.")
    return redirect("desk:request", pk)
