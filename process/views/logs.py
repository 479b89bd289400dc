"""The logs there are; taking an imported one away."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from people.doors import me
from process.models import EventLog
from process.services import store
from process.views.common import VIEW


@require_safe
@permission_required(VIEW, raise_exception=True)
def logs(request: HttpRequest) -> HttpResponse:
    """Built-in logs first, then imported ones by name."""
    rows = EventLog.objects.select_related("calendar", "made_by").order_by("name", "pk")[:500]
    imported = [log for log in rows if not log.built_in]
    built_in = sorted(
        (log for log in rows if log.built_in), key=lambda log: log.source != "requests"
    )
    context = {"built_in": built_in, "imported": imported}
    return TemplateResponse(request, "process/logs.html", context)


@require_POST
@permission_required("process.delete_eventlog", raise_exception=True)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an imported log away; built-in ones stay."""
    log = get_object_or_404(EventLog, pk=pk, source=EventLog.Source.IMPORTED)
    store.remove(log, by=me(request), at=timezone.now())
    messages.success(request, f"{log.name} is removed.")
    return redirect("process:logs")
