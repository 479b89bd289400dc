"""Home, the queue in all its shapes, taking what is next."""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from math import ceil
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk import queries, services
from desk.forms_queue import QueueFilters, ViewForm
from desk.models import IllegalMove, SalesRequest
from desk.queries.queue import CAP, Token
from desk.views.request import page, visible
from kit.markup import number
from people import services as people
from people.doors import me

PAGE = 50
TABS = (
    ("all", "All open"), ("mine", "Mine"), ("unclaimed", "Unclaimed"), ("risk", "At risk"),
    ("waiting", "Waiting on others"),
)  # fmt: skip


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
    """Open requests: a table or a board over the same rows, as the address says."""
    token, user = queries.token(), me(request)
    context = _rows(request, token)
    context["live"] = _live(request, token.text, context["stale_at"])
    counts = queries.view_counts(user, context["now"], token.text)
    words, here, form = _in_words(counts), _query(request), context["form"]
    context |= {
        "counts": counts, "count_words": words, "here": here,
        "tabs": [(name, label, words[name]) for name, label in TABS],
        "saved": next((view.pk for view in context["views"] if view.query == here), None),
        "chosen": form.chosen(), "view_form": ViewForm(initial={"query": here}),
    }  # fmt: skip
    response = TemplateResponse(request, "desk/queue.html", context)
    response["ETag"] = f'"{token.text}"'
    return response


@require_safe
@permission_required("desk.work_queue", raise_exception=True)
def changes(request: HttpRequest) -> HttpResponse:
    """The rows again if something changed since; else 304 after one look at an index.

    `until` is when time alone changes the list: from then on it is told again.
    """
    found, until = queries.token(), request.GET.get("until", "")
    token = found.text
    known = f'"{token}"' in request.headers.get("If-None-Match", "") or token == request.GET.get(
        "v"
    )
    if known and not (until.isdecimal() and timezone.now().timestamp() >= float(until[:15])):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{token}"'})
    context = _rows(request, found)
    counts = _in_words(queries.view_counts(me(request), context["now"], token))
    people.seen(me(request), at=context["now"])
    response = TemplateResponse(request, "desk/queue.html#rows", context)
    response["ETag"] = f'"{token}"'
    response["X-Live"] = _live(request, token, context["stale_at"])
    response["X-Counts"] = ";".join(f"{name}={words}" for name, words in counts.items())
    return response


def _in_words(counts: dict[str, int]) -> dict[str, str]:
    """Beyond the cap a count says so."""
    return {name: f"{number(CAP)}+" if n > CAP else number(n) for name, n in counts.items()}


def _query(request: HttpRequest) -> str:
    """The state without what is only of this moment."""
    query = request.GET.copy()
    for name in ("v", "until", "after"):
        query.pop(name, None)
    return query.urlencode()


def _live(request: HttpRequest, token: str, stale_at: datetime | None) -> str:
    """Where this list asks for changes: the same filters, what it knows, how long that holds."""
    query = request.GET.copy()
    query["v"] = token
    query["until"] = str(ceil(stale_at.timestamp())) if stale_at else ""
    return f"{reverse('desk:changes')}?{query.urlencode()}"


def _rows(request: HttpRequest, token: Token) -> dict[str, Any]:
    user, now = me(request), timezone.now()
    known = queries.reference(user)
    form = QueueFilters(request.GET, known)
    state = queries.state_of(form.said())
    wanted = queries.wanted(state, user, now)
    shown, after = queries.one_page(wanted, state, now, PAGE, known)
    if token.anybody:
        queries.mark_present(shown, user, now)
    return {
        "state": state, "form": form, "workers": known.workers,
        "views": known.views, "now": now, "shown": len(shown),
        "next": after, "after": state.after,
        "groups": [] if state.board else queries.grouped(shown, state.group, now),
        "board": queries.board(shown, state, now) if state.board and shown else [],
        "stale_at": queries.stale_at(
            shown, queries.wanted(replace(state, view="all"), user, now), state.view, now
        ),
        "q": request.GET.get("q", ""), "view": state.view, "columns": ".".join(state.columns),
    }  # fmt: skip


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
        context = {"row": found[0], "problem": problem, "columns": request.POST.get("columns", "")}
        return TemplateResponse(request, "desk/queue.html#one", context, status=status)
    if problem:
        return page(request, visible(request, pk), status=status, problem=problem)
    messages.success(request, f"{row.ref} is yours.")
    return redirect("desk:request", pk)
