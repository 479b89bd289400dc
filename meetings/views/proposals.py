"""Times offered to guests: a slot of the meeting's page, or a page by itself."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST

from journal.idempotency import form_once
from meetings import queries
from meetings.forms_pages import ProposeForm
from meetings.models import IllegalMove, Meeting, Proposal, Status
from meetings.queries import choosing
from meetings.services import proposing
from meetings.services.refusals import BadMeeting, ProposalClosed, SlotTaken
from people.doors import me

VIEW, CHANGE = "meetings.view_meeting", "meetings.change_meeting"
FOUND = 16
SOONEST = timedelta(hours=2)  # a guest needs time to read her mail


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
def proposals(request: HttpRequest, pk: int) -> HttpResponse:
    """What was offered; on POST, offer the chosen times."""
    row = get_object_or_404(_rows(request), pk=pk)
    if request.method != "POST":
        return _slot(request, row)
    return _propose(request, row)


def _rows(request: HttpRequest) -> Any:
    return queries.visible_to(me(request)).select_related(
        "host__team__calendar", "host__department__calendar", "account", "room", "kind"
    )


def _propose(request: HttpRequest, row: Meeting) -> HttpResponse:
    if not me(request).has_perm(CHANGE):
        return _slot(request, row, status=403, problem="Only the desk offers times.")
    form = ProposeForm({"starts_at": "chosen", "note": request.POST.get("note", "")})
    texts = request.POST.getlist("starts_at")[: 2 * proposing.MOST]
    starts = [at for text in texts if (at := _instant(text))]
    if not form.is_valid():
        return _slot(request, row, status=422, problem="The word to the guest is too long.")

    def effect() -> str:
        note = form.cleaned_data["note"]
        proposing.propose(row, starts=starts, by=me(request), at=timezone.now(), note=note)
        return reverse("meetings:meeting", args=[row.pk])

    try:
        target = form_once(request, effect)
    except BadMeeting as refusal:
        return _slot(request, row, status=422, problem=str(refusal))
    except (SlotTaken, IllegalMove) as refusal:
        return _slot(request, row, status=HTTPStatus.CONFLICT, problem=str(refusal))
    if _htmx(request):
        return _slot(request, get_object_or_404(_rows(request), pk=row.pk))
    messages.success(request, "Offered. The times are kept, and each guest gets a mail.")
    return redirect(target)


def _instant(text: str) -> Any:
    try:
        at = parse_datetime(text[:40])
    except ValueError:
        return None
    try:
        return at.astimezone(timezone.get_current_timezone()) if at and at.tzinfo else None
    except (OverflowError, ValueError):
        return None


@require_POST
@permission_required(CHANGE, raise_exception=True)
def withdraw(request: HttpRequest, pk: int, proposal: int) -> HttpResponse:
    """The times are free again."""
    row = get_object_or_404(_rows(request), pk=pk)
    found = get_object_or_404(Proposal.objects.select_related("meeting"), pk=proposal, meeting=row)
    try:
        proposing.withdraw(found, by=me(request), at=timezone.now())
    except ProposalClosed as refusal:
        return _slot(request, row, status=HTTPStatus.CONFLICT, problem=str(refusal))
    if _htmx(request):
        return _slot(request, row)
    return redirect("meetings:meeting", pk)


def _htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def _slot(
    request: HttpRequest, row: Meeting, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    now = timezone.now()
    offers = list(
        row.proposals.select_related("made_by", "chosen_by").prefetch_related("times")
        .order_by("-pk")[:5]
    )  # fmt: skip
    running = next((p for p in offers if proposing.is_kept(p, at=now)), None)
    may = me(request).has_perm(CHANGE)
    context = {
        "row": row, "offers": offers, "running": running, "problem": problem, "may": may,
        "found": _found(row, now) if may and running is None else [],
        "ticked": request.POST.getlist("starts_at"), "note": request.POST.get("note", ""),
        "least": proposing.LEAST, "most": proposing.MOST,
        "guests": row.attendees.filter(role="guest").exclude(email="").count(),
    }  # fmt: skip
    template = "slot" if _htmx(request) else "proposals"
    return TemplateResponse(request, f"meetings/pages/{template}.html", context, status=status)


def _found(row: Meeting, now: Any) -> list[Any]:
    if row.status not in {Status.REQUESTED, Status.BOOKED}:
        return []
    people = choosing.attendees_of(row)
    found = choosing.offer(row, people, at=now, limit=FOUND).slots
    return [slot for slot in found if slot.starts_at > now + SOONEST]
