"""What a change of a working calendar moved: a slot of the calendar's page, and a page of its own."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from desk.queries import last_recalculation
from people.models import WorkingCalendar


@require_safe
@permission_required("people.change_workingcalendar", raise_exception=True)
def recalculation(request: HttpRequest, calendar: int) -> HttpResponse:
    """How far the promises are after the last change, and how many moved."""
    row = get_object_or_404(WorkingCalendar, pk=calendar)
    run = last_recalculation(row)
    # 99 until it is over: requests that were done meanwhile are left out.
    share = min(100 * run.done // run.total, 99) if run and run.total else None
    context = {"calendar": row, "run": run, "share": share}
    part = "#progress" if request.htmx else ""  # type: ignore[attr-defined]
    return TemplateResponse(request, f"desk/recalculation.html{part}", context)
