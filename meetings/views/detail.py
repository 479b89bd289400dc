"""Meetings: what is to be scheduled, coming and to be confirmed; one meeting with its slots."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from journal.models import Entry
from meetings import queries, services
from meetings.forms import CancelForm, MeetingForm, OutcomeForm, SlotForm
from meetings.models import IllegalMove, Meeting, Status
from meetings.queries import choosing
from people.doors import me

REFUSALS = (IllegalMove, services.SlotTaken, services.BadMeeting)
SHOWN = 50


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def meetings(request: HttpRequest) -> HttpResponse:
    """To schedule, to confirm, coming."""
    now, rows = timezone.now(), queries.visible_to(me(request)).select_related("account", "host")
    context = {
        "to_schedule": queries.to_schedule(rows)[:SHOWN],
        "to_confirm": queries.to_confirm(rows, now)[:SHOWN],
        "coming": queries.coming(rows, now)[:SHOWN],
    }
    return TemplateResponse(request, "meetings/meetings.html", context)


@permission_required("meetings.add_meeting", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a meeting without a request."""
    form = MeetingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            return f"/meetings/{_request(request, form).pk}/"

        try:
            return redirect(form_once(request, effect))
        except services.BadMeeting as refusal:
            form.add_error(None, str(refusal))
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "meetings/new.html", {"form": form}, status=status)


def _request(request: HttpRequest, form: MeetingForm) -> Meeting:
    user, now, said = me(request), timezone.now(), form.cleaned_data
    start, end = form.window(now)
    contact = said["contact"]
    return services.request_meeting(
        title=said["title"], account=said["account"], host=said["attendees"][0],
        attendees=[u.pk for u in said["attendees"]], minutes=said["minutes"], window_from=start,
        guests=[{"name": contact.name, "email": contact.email}] if contact else [],
        window_until=end, by=user, at=now, team=user.team, place=said["place"],
    )  # fmt: skip


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting: who comes, the slots or the slot, how it went."""
    return _page(request, _visible(request, pk))


def _visible(request: HttpRequest, pk: int) -> Meeting:
    rows = queries.visible_to(me(request)).select_related("account", "host", "scheduled_by")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, row: Meeting, *, status: int = 200, **extra: Any) -> HttpResponse:
    now, problem = timezone.now(), extra.pop("problem", "")
    people = choosing.attendees_of(row)
    may_change = me(request).has_perm("meetings.change_meeting")
    choosing_now = may_change and (row.status == Status.REQUESTED or "move" in request.GET)
    offer = choosing.Offer()
    if choosing_now and row.status in {Status.REQUESTED, Status.BOOKED}:
        offer = choosing.offer(row, people, at=now)
        problem = problem or offer.problem
    over = row.ends_at is not None and row.ends_at < now and row.status == Status.BOOKED
    context = {
        "row": row, "people": people, "slots": offer.slots, "choosing": choosing_now, "over": over,
        "may_change": may_change, "problem": problem, "outcome_form": OutcomeForm(),
        "cancel_form": CancelForm(), "timeline": Entry.objects.about(row).newest_first()[:30], **extra,
    }  # fmt: skip
    return TemplateResponse(request, "meetings/meeting.html", context, status=status)


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a slot, or move to another."""
    row, form = _visible(request, pk), SlotForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, problem="Choose one of the times.")

    def effect() -> str:
        starts_at = form.cleaned_data["starts_at"]
        services.book(row, starts_at=starts_at, by=me(request), at=timezone.now())
        return f"/meetings/{pk}/"

    try:
        target = form_once(request, effect)
    except REFUSALS as refusal:
        return _page(request, _visible(request, pk), status=409, problem=str(refusal))
    messages.success(request, "Booked. Everybody gets the invitation.")
    return redirect(target)


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call it off."""
    row, form = _visible(request, pk), CancelForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, cancel_form=form)
    reason = form.cleaned_data["reason"]
    try:
        services.cancel(row, by=me(request), at=timezone.now(), reason=reason)
    except REFUSALS as refusal:
        return _page(request, _visible(request, pk), status=409, problem=str(refusal))
    messages.success(request, "Cancelled. Everybody is told.")
    return redirect("meetings:meeting", pk)


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how it went."""
    row, form = _visible(request, pk), OutcomeForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, outcome_form=form, problem="Choose how it went.")
    said = form.cleaned_data
    began = row.starts_at + timedelta(minutes=said["minutes_late"] or 0) if row.starts_at else None
    try:
        services.confirm_outcome(
            row,
            outcome=said["outcome"],
            started_at=began,
            note=said["note"],
            by=me(request),
            at=timezone.now(),
        )
    except REFUSALS as refusal:
        again = _visible(request, pk)
        return _page(request, again, status=409, problem=str(refusal), outcome_form=form)
    messages.success(request, "Noted.")
    return redirect("meetings:meeting", pk)
