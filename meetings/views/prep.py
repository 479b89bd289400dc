"""What there is to know before a meeting: on one screen, as a paper; and what is to be prepared."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from meetings import queries, services
from meetings.forms_outcome import PlanForm
from meetings.models import Meeting, PrepPack, Status
from meetings.prep import paper, reading, words
from meetings.views.common import REFUSALS, seen, status_of, to_prepare
from people.doors import me

SHOWN = 100
HEADED = ("plan", "material")  # shown by the page itself, where they can be changed
BESIDE = ("coming", "numbers", "payment")
OPEN = (Status.REQUESTED, Status.BOOKED)


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def prep(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything on one screen, as it is now and as far as this reader may see it."""
    return _page(request, seen(request, pk))


def _page(request: HttpRequest, row: Meeting, *, status: int = 200, **extra: Any) -> HttpResponse:
    user, now = me(request), timezone.now()
    sections = reading.read(row, user, now)
    may_write = row.status in OPEN and queries.may_prepare(user, row)
    context = {
        "row": row, "where": words.where(row), "may_write": may_write,
        "main": [one for one in sections if one.code not in {*HEADED, *BESIDE}],
        "beside": [one for one in sections if one.code in BESIDE],
        "pack": PrepPack.objects.filter(meeting=row).first(),
        "form": PlanForm(initial={"agenda": row.agenda, "goals": row.goals}), **extra,
    }  # fmt: skip
    return TemplateResponse(request, "meetings/prep/prep.html", context, status=status)


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The same on paper."""
    row, now = seen(request, pk), timezone.now()
    drawn = paper.pdf(row, reading.read(row, me(request), now), now)
    response = HttpResponse(drawn, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="prep-{row.pk}.pdf"'
    return response


@require_POST
@permission_required("meetings.view_meeting", raise_exception=True)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Write agenda and goals where they stand."""
    row, form = to_prepare(request, pk), PlanForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, form=form)
    try:
        services.set_plan(row, by=me(request), at=timezone.now(), **form.cleaned_data)
    except REFUSALS as refusal:
        again = seen(request, pk)
        return _page(request, again, status=status_of(refusal), form=form, problem=str(refusal))
    messages.success(request, "Agenda and goals are saved.")
    return redirect("meetings:prep", pk)


@require_POST
@permission_required("meetings.view_meeting", raise_exception=True)
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the pack now: what is new is counted from here."""
    row = to_prepare(request, pk)
    try:
        services.make_now(row, by=me(request), at=timezone.now())
    except REFUSALS as refusal:
        return _page(request, seen(request, pk), status=409, problem=str(refusal))
    messages.success(request, "The pack is made. Who comes is mailed the evening before.")
    return redirect("meetings:prep", pk)


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def prepare(request: HttpRequest) -> HttpResponse:
    """The meetings of the next seven days with what is missing, and what I have to bring."""
    user, now = me(request), timezone.now()
    rows = list(queries.to_prepare(user, now)[: SHOWN + 1])
    context = {
        "lines": [{"row": row, "missing": _missing(row)} for row in rows[:SHOWN]],
        "more": len(rows) > SHOWN, "items": queries.items_of(user, now)[:SHOWN],
        "now": now,
    }  # fmt: skip
    return TemplateResponse(request, "meetings/prep/prepare.html", context)


def _missing(row: Any) -> list[tuple[str, str]]:
    """(what, tone) of what somebody still has to do for it."""
    pack = getattr(row, "prep_pack", None)
    found = [
        ("No agenda", "warn", not row.agenda.strip()),
        ("No goals", "", not row.goals.strip()),
        ("Nobody sees to some material", "bad", row.unowned_items),
        ("Material open", "warn", row.open_items and not row.unowned_items),
        ("Guest has not answered", "warn", row.guest_silent),
        ("No pack yet", "", pack is None or pack.version == 0),
    ]
    return [(words_, tone) for words_, tone, true in found if true]
