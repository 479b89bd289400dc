"""Logs as things that one has: all of them, their names, taking them out and away."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from kit.pages import keyset_page
from people.doors import me
from process.importing import export, services
from process.importing.forms import LogForm
from process.importing.models import LogImport
from process.importing.refusals import LogRefused
from process.models import EventLog
from process.services.store import NameTaken

sees: Callable[[Any], Any] = permission_required("process.view_eventlog", raise_exception=True)
changes: Callable[[Any], Any] = permission_required("process.change_eventlog", raise_exception=True)
removes: Callable[[Any], Any] = permission_required("process.delete_eventlog", raise_exception=True)
MOST_LOGS: Final = 200
XES: Final = "application/xml; charset=utf-8"


@sees
@require_safe
def logs(request: HttpRequest) -> HttpResponse:
    """The logs that there are, and the files that are being brought in."""
    rows = EventLog.objects.order_by("source", "name", "pk")
    found = rows.values("pk", "name", "about", "source", "cases", "events", "version", "changed_at")
    context: dict[str, Any] = {"logs": list(found[:MOST_LOGS])}
    if request.user.has_perm("process.add_eventlog"):
        imports = LogImport.objects.values(
            "pk", "name", "file_name", "status", "new_version", "cases", "events", "rows_bad",
            "created_at", "by__name",
        )  # fmt: skip
        context["page"] = keyset_page(imports, keys=("-pk",), after=request.GET.get("after", ""))
    return TemplateResponse(request, "process/logs/logs.html", context)


@changes
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a log otherwise."""
    log = _imported(pk)
    form = LogForm(request.POST or None, initial={"name": log.name, "about": log.about})
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                services.rename(
                    log, name=form.cleaned_data["name"], about=form.cleaned_data["about"],
                    by=me(request), at=timezone.now(),
                )  # fmt: skip
            except (NameTaken, LogRefused) as refusal:
                form.add_error("name", str(refusal))
            else:
                return redirect("process:event_logs")
    context = {"log": log, "form": form}
    return TemplateResponse(request, "process/logs/edit.html", context, status=status)


@removes
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what goes, then take it away."""
    log = _imported(pk)
    if request.method == "POST":
        name = log.name
        services.remove(log, by=me(request), at=timezone.now())
        messages.success(request, f"The log “{name}” is removed.")
        return redirect("process:event_logs")
    return TemplateResponse(request, "process/logs/remove.html", {"log": log})


@sees
@require_safe
def as_xes(request: HttpRequest, pk: int) -> StreamingHttpResponse:  # noqa: ARG001 - a door
    """The whole log as XES."""
    log = get_object_or_404(EventLog, pk=pk)
    return _file(export.as_xes(log), log, "xes", XES)


@sees
@require_safe
def as_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:  # noqa: ARG001 - a door
    """The whole log as CSV, one event a row."""
    log = get_object_or_404(EventLog, pk=pk)
    return _file(export.as_csv(log), log, "csv", "text/csv; charset=utf-8")


def _file(lines: Any, log: EventLog, ending: str, kind: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type=kind)
    name = slugify(log.name)[:60] or "event-log"
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


def _imported(pk: int) -> EventLog:
    """The portal's own logs are not for changing."""
    return get_object_or_404(EventLog, pk=pk, source=EventLog.Source.IMPORTED)
