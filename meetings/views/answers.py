"""What attendees answered that somebody has to look at: other times, no, answers to the old time.

The page of a meeting loads this as a slot.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from meetings import queries, services
from meetings.forms_series import RefuseForm
from meetings.models import Counter, IllegalMove, Meeting, Status
from meetings.queries import series as reads
from meetings.services import counters, replies
from people.doors import me

CONFLICTS = (IllegalMove, services.SlotTaken, services.BadMeeting, counters.Settled)


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def answers(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _visible(request, pk))


def _visible(request: HttpRequest, pk: int) -> Meeting:
    rows = queries.visible_to(me(request)).select_related("host", "series", "scheduled_by")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, row: Meeting, *, status: int = 200, **extra: Any) -> HttpResponse:
    late = row.attendees.exclude(late_reply="", delegated_to="").order_by("pk")
    to_come = row.status in {Status.REQUESTED, Status.BOOKED}
    context = {
        "row": row, "late": list(late), "counters": list(reads.open_counters(row)), "to_come": to_come,
        "may_change": me(request).has_perm("meetings.change_meeting") and to_come,
        "needs_another_time": replies.needs_another_time(row), "refuse_form": RefuseForm(), **extra,
    }  # fmt: skip
    htmx: bool = request.htmx  # type: ignore[attr-defined]
    template = "meetings/series/answers.html" if htmx else "meetings/series/answers_page.html"
    return TemplateResponse(request, template, context, status=status)


def _counter(request: HttpRequest, pk: int) -> Counter:
    rows = Counter.objects.filter(meeting__in=queries.visible_to(me(request)))
    return get_object_or_404(rows.select_related("meeting", "attendee"), pk=pk)


def _do(
    request: HttpRequest, meeting_id: int, act: Callable[[], object], done: str
) -> HttpResponse:
    try:
        act()
    except CONFLICTS as refusal:
        return _page(request, _visible(request, meeting_id), status=409, problem=str(refusal))
    messages.success(request, done)
    return redirect("meetings:meeting", meeting_id)


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def take_counter(request: HttpRequest, pk: int) -> HttpResponse:
    """Move the meeting to the time that was proposed."""
    row = _counter(request, pk)
    return _do(
        request, row.meeting_id,
        lambda: counters.take(row, by=me(request), at=timezone.now()), "Moved. Everybody is told.",
    )  # fmt: skip


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def refuse_counter(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep our time, and say so."""
    row, form = _counter(request, pk), RefuseForm(request.POST)
    if not form.is_valid():
        return _page(request, _visible(request, row.meeting_id), status=422, refuse_form=form)
    note = form.cleaned_data["note"]
    return _do(
        request, row.meeting_id,
        lambda: counters.refuse(row, by=me(request), at=timezone.now(), note=note),
        f"{row.attendee.name} is told that it stays.",
    )  # fmt: skip
