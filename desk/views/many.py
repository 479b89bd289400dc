"""From the queue: steps on many requests, cards moved on the board, saved views."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk import queries, services
from desk.forms_queue import BulkForm, MoveForm, QueueFilters, ViewForm
from desk.models import BulkRun, IllegalMove, SavedView
from desk.services import keeping
from desk.views.request import visible
from people.doors import me
from people.models import Party, User

AT_ONCE = 200  # more than that is worked off in the background, with progress


def _back(query: str) -> str:
    return f"{reverse('desk:queue')}?{query}" if query else reverse("desk:queue")


def _picked(request: HttpRequest) -> list[int]:
    """The ticked requests; with `all`, every one that the queue's address asks for."""
    if request.POST.get("all"):
        here = QueryDict(request.POST.get("here", "")[:2_000])
        state = queries.state_of(QueueFilters(here, queries.reference()).said())
        rows = queries.wanted(state, me(request), timezone.now())
        return list(rows.order_by("pk").values_list("pk", flat=True)[: keeping.MOST + 1])
    keys = [key for key in request.POST.getlist("pick") if key.isascii() and key.isdecimal()]
    return [int(key) for key in keys[: keeping.MOST + 1] if len(key) < 19]  # noqa: PLR2004 - a bigint


@require_POST
@permission_required("desk.claim_salesrequest", raise_exception=True)
def bulk(request: HttpRequest) -> HttpResponse:
    """Claim, assign, tag, prioritise, resolve or merge what is ticked; what cannot be is named."""
    form, picked, query = BulkForm(request.POST), _picked(request), request.POST.get("here", "")
    if not picked:
        messages.info(request, "Tick the requests that you mean.")
        return redirect(_back(query))
    if not form.is_valid():
        messages.error(request, "Choose first what to set, then press the button.")
        return redirect(_back(query))
    try:
        run = keeping.ask_many(
            form.cleaned_data["act"], picked, args=form.args(picked), by=me(request),
            at=timezone.now(),
        )  # fmt: skip
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect(_back(query))
    if len(picked) > AT_ONCE:
        return redirect("desk:bulk_run", run.pk)
    run = keeping.work_off(run.pk, at=timezone.now())
    for _, words in run.refused[:10]:
        messages.error(request, words)
    if run.changed:
        messages.success(request, DONE[run.act].format(n=run.changed))
    return redirect(_back(query))


DONE = {
    "claim": "You have {n} more.", "assign": "{n} handed over.", "priority": "{n} changed.",
    "tag": "{n} tagged.", "resolve": "{n} resolved.", "merge": "{n} merged; nothing of them is lost.",
}  # fmt: skip


@require_safe
@permission_required("desk.claim_salesrequest", raise_exception=True)
def bulk_run(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a step on many is, and what could not be done."""
    run = get_object_or_404(BulkRun, pk=pk, by=me(request))
    context = {"run": run, "total": len(run.picked), "refused": run.refused[:200]}
    name = "desk/bulk.html#progress" if request.headers.get("HX-Request") else "desk/bulk.html"
    return TemplateResponse(request, name, context)


@require_POST
@permission_required("desk.claim_salesrequest", raise_exception=True)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """A card goes to another lane of the board, dragged or by its “Move to”."""
    row, form = visible(request, pk), MoveForm(request.POST)
    query = request.POST.get("here", "")[:2_000]
    try:
        _move(row, form.cleaned_data if form.is_valid() else {"lanes": "", "to": ""}, me(request))
        messages.success(request, f"{row.ref} is moved.")
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    return redirect(_back(query))


def _move(row: Any, said: dict[str, Any], user: User) -> None:
    lanes, to, now = said["lanes"], said["to"], timezone.now()
    if lanes == "priority" and to in {"1", "2", "3", "4"}:
        services.set_priority(row, priority=int(to), by=user, at=now)
    elif lanes == "owner" and not to:
        services.release(row, by=user, at=now)
    elif lanes == "owner" and to.isdecimal():
        services.assign(row, get_object_or_404(User, pk=int(to)), by=user, at=now)
    elif lanes == "party" and to in {Party.DESK, Party.REP, Party.CUSTOMER}:
        services.give_custody(row, Party(to), by=user, at=now)
    elif lanes == "party":
        raise IllegalMove("Ask the department from the request's page: it needs to know what for.")
    else:
        raise IllegalMove("There is no such lane.")


@require_POST
@permission_required("desk.work_queue", raise_exception=True)
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the queue as it is now under a name."""
    form = ViewForm(request.POST)
    query = request.POST.get("query", "")[:1_000]
    if not form.is_valid():
        messages.error(request, "Give the view a name of at most 40 letters.")
        return redirect(_back(query))
    keeping.save_view(me(request), **form.cleaned_data)
    messages.success(request, f"“{form.cleaned_data['name']}” stands beside the other views.")
    return redirect(_back(query))


@require_POST
@permission_required("desk.work_queue", raise_exception=True)
def remove_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view of one's own."""
    row = get_object_or_404(SavedView, pk=pk, owner=me(request))
    row.delete()
    messages.success(request, f"“{row.name}” is gone; the requests are not.")
    return redirect("desk:queue")
