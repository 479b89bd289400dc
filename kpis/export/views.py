"""The list of exports, one of them, its files as one archive."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from kit.pages import keyset_page
from kpis.export import packed, services
from kpis.export.models import Export
from people.doors import me

sees: Callable[[Any], Any] = permission_required("kpi_export.view_export", raise_exception=True)


@require_safe
@sees
def exports(request: HttpRequest) -> HttpResponse:
    """The exports, newest first."""
    rows = Export.objects.values(
        "pk", "format", "status", "night", "rows", "bytes", "problem", "asked_at", "finished_at", "by__name"
    )  # fmt: skip
    page = keyset_page(rows, keys=("-pk",), after=request.GET.get("after", ""))
    busy = any(row["status"] in {Export.Status.QUEUED, Export.Status.RUNNING} for row in page.rows)
    context = {"page": page, "busy": busy,
               "hour": settings.KPI_EXPORT_HOUR, "days": settings.KPI_EXPORT_DAYS,
               "zone": settings.TIME_ZONE}  # fmt: skip
    return TemplateResponse(request, "kpis/exports.html", context)


@require_POST
@permission_required("kpi_export.add_export", raise_exception=True)
def ask(request: HttpRequest) -> HttpResponse:
    """Write one now."""
    form = request.POST.get("format", "")
    if form not in Export.Format.values:
        messages.error(request, "Choose Parquet or CSV.")
        return redirect("kpi_export:exports")

    def effect() -> str:
        row = services.ask(form, by=me(request), at=timezone.now())
        return reverse("kpi_export:export", args=[row.pk])

    try:
        return redirect(form_once(request, effect))
    except services.Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("kpi_export:exports")


@require_safe
@sees
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """One export: its tables with their rows, sizes and hashes."""
    row = get_object_or_404(Export.objects.select_related("by"), pk=pk)
    return TemplateResponse(request, "kpis/export.html", {"row": row})


@require_safe
@sees
def download(request: HttpRequest, pk: int) -> FileResponse:  # noqa: ARG001 - a door
    """All files of an export as one archive."""
    return packed.archive(pk)
