"""A run taken back: asked for, watched, and what stays listed."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from imports import services
from imports.models import ImportRun
from imports.queries import undo_of
from imports.services import UndoRefused
from journal.idempotency import form_once
from kit.tables.write import csv_lines
from people.doors import me

may: Callable[[Any], Any] = permission_required("imports.run_imports", raise_exception=True)


@may
@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(ImportRun, pk=pk)

    def effect() -> str:
        services.ask_undo(row, by=me(request), at=timezone.now())
        return reverse("imports:run", args=[pk])

    try:
        return redirect(form_once(request, effect))
    except UndoRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("imports:run", pk)


@may
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves; when the undo is over the page is loaded once more."""
    row = get_object_or_404(ImportRun, pk=pk)
    found = undo_of(row)
    if found is None:
        return redirect("imports:run", pk)
    context = {"run": row, "undo": found}
    response = TemplateResponse(request, "imports/run.html#undo", context)
    if found.undo.finished_at:
        response["HX-Refresh"] = "true"
    return response


@may
@require_GET
def left(request: HttpRequest, pk: int) -> StreamingHttpResponse:  # noqa: ARG001 - a door
    """What could not be taken back, with the reason, as CSV."""
    row = get_object_or_404(ImportRun, pk=pk)

    def found() -> Iterator[tuple[Any, ...]]:
        rows = row.traces.exclude(problem="").order_by("pk")
        yield from rows.values_list("subject", "record_id", "problem").iterator(chunk_size=5000)

    lines = csv_lines(["Kind", "Record", "Reason"], found())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{row.pk}-not-undone.csv"'
    return response
