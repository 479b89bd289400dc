"""Moving a meeting, or giving it to another host: what it would mean is seen before it is done."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from journal.idempotency import form_once
from meetings import services
from meetings.forms import MoveForm
from meetings.models import Meeting
from meetings.queries import choosing
from meetings.queries.conflicts import preview
from meetings.views.detail import REFUSALS, visible
from people.doors import me


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("meetings.change_meeting", raise_exception=True)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows what the time (and host) in the address would mean; POST does it."""
    row = visible(request, pk)
    if request.method == "POST":
        return _move(request, row)
    if "starts_at" not in request.GET:
        return _page(request, row, MoveForm(initial=_now(row)))
    asked = {"host": row.host_id, **request.GET.dict()}
    return _page(request, row, MoveForm(asked))


def _now(row: Meeting) -> dict[str, Any]:
    starts = timezone.localtime(row.starts_at) if row.starts_at else None
    return {"starts_at": starts, "host": row.host_id}


def _page(
    request: HttpRequest, row: Meeting, form: MoveForm, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    people, now, seen = choosing.attendees_of(row), timezone.now(), None
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        seen = preview(
            row, people, said["starts_at"], reader=me(request), at=now, host=said["host"]
        )
    offer = choosing.offer(row, people, at=now, limit=7)
    others = [slot for slot in offer.slots if slot.starts_at != row.starts_at][:6]
    context = {
        "row": row, "form": form, "seen": seen, "others": others, "problem": problem,
        "moved": seen is not None and seen.starts_at != row.starts_at,
    }  # fmt: skip
    name = "meetings/move.html#sheet" if request.headers.get("HX-Request") else "meetings/move.html"
    return TemplateResponse(request, name, context, status=status)


def _move(request: HttpRequest, row: Meeting) -> HttpResponse:
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    said, by, now = form.cleaned_data, me(request), timezone.now()
    before = row.starts_at

    def effect() -> str:
        if said["host"] and said["host"].pk != row.host_id:
            services.reassign(row, host=said["host"], by=by, at=now, reason=said["reason"])
        if said["starts_at"] != before:
            services.book(row, starts_at=said["starts_at"], by=by, at=now, reason=said["reason"])
        return f"/meetings/{row.pk}/"

    try:
        target = form_once(request, effect)
    except REFUSALS as refusal:
        return _page(request, visible(request, row.pk), form, status=409, problem=str(refusal))
    messages.success(request, "Moved. Everybody gets the new invitation.")
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)
