"""Targets, notes and watches: what people say about the figures, on the page of each KPI."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from journal.idempotency import form_once
from kpis import services
from kpis.definitions import KPIS, Kpi
from kpis.forms import NoteForm, TargetForm
from kpis.models import Note, Target
from kpis.queries.filters import Filters
from kpis.views.asked import kpi_of, read
from kpis.views.pages import detail_page
from kpis.views.said import kept, me


@require_POST
@permission_required("kpis.change_target", raise_exception=True)
def set_target(request: HttpRequest, slug: str) -> HttpResponse:
    """What the headline should be, for the team and type that the page is about."""
    kpi = kpi_of(slug)
    form = TargetForm(request.POST)
    head = kpi.measure(kpi.headline)
    if form.is_valid() and head.unit == "share" and form.cleaned_data["value"] > 100:  # noqa: PLR2004
        form.add_error("value", "A share is at most 100 %.")
    if not form.is_valid():
        return _again(request, kpi, {"target_form": form, "target_open": True})
    filters = _filters(request, kpi)

    def write() -> str:
        services.set_target(
            head.name, kept(head, float(form.cleaned_data["value"])),
            team_id=filters.team_cell,
            type_id=filters.type_cell,
            since=form.cleaned_data["since"], by=me(request), at=timezone.now(),
        )  # fmt: skip
        messages.success(request, "Target set.")
        return _back(request, kpi)

    return HttpResponseRedirect(form_once(request, write))


@require_POST
@permission_required("kpis.change_target", raise_exception=True)
def remove_target(request: HttpRequest, pk: int) -> HttpResponse:
    target = get_object_or_404(Target, pk=pk)
    kpi = next((k for k in KPIS.values() if k.headline == target.measure), KPIS["turnaround"])
    services.remove_target(target, by=me(request), at=timezone.now())
    messages.success(request, "Target removed.")
    return HttpResponseRedirect(_back(request, kpi))


@require_POST
@permission_required("kpis.add_note", raise_exception=True)
def write_note(request: HttpRequest, slug: str) -> HttpResponse:
    """A note for the team that the page is about, or for all."""
    kpi = kpi_of(slug)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _again(request, kpi, {"note_form": form, "note_open": True})
    filters = _filters(request, kpi)

    def write() -> str:
        services.write_note(
            form.cleaned_data["words"], day=form.cleaned_data["day"],
            kpi="" if form.cleaned_data["everywhere"] else kpi.slug,
            team_id=filters.team_cell,
            by=me(request), at=timezone.now(),
        )  # fmt: skip
        messages.success(request, "Note added.")
        return _back(request, kpi)

    return HttpResponseRedirect(form_once(request, write))


@require_POST
@permission_required("kpis.add_note", raise_exception=True)
def remove_note(request: HttpRequest, pk: int) -> HttpResponse:
    """A note of one KPI, or of all: then the form says on which page it stood."""
    note = get_object_or_404(Note, pk=pk)
    kpi = kpi_of(note.kpi or request.POST.get("page", "turnaround"))
    services.remove_note(note, by=me(request), at=timezone.now())
    messages.success(request, "Note removed.")
    return HttpResponseRedirect(_back(request, kpi))


@require_POST
@permission_required("kpis.view_kpis", raise_exception=True)
def watch(request: HttpRequest, slug: str) -> HttpResponse:
    """Be told of signals from now on, or no more."""
    kpi = kpi_of(slug)
    filters = _filters(request, kpi)
    on = request.POST.get("on") == "1"
    change = services.watch if on else services.unwatch
    change(me(request), kpi=kpi.slug, team_id=filters.team_cell, at=timezone.now())
    messages.success(
        request, "You are told of signals." if on else "You are told of signals no more."
    )
    return HttpResponseRedirect(_back(request, kpi))


def _filters(request: HttpRequest, kpi: Kpi) -> Filters:
    """Those of the page that the form stood on."""
    return read(QueryDict(request.GET.urlencode()), kpi).filters


def _back(request: HttpRequest, kpi: Kpi) -> str:
    """The page that the form stood on, as it was filtered."""
    return f"{reverse('kpis:detail', args=[kpi.slug])}?{request.GET.urlencode()}"


def _again(request: HttpRequest, kpi: Kpi, more: dict[str, Any]) -> HttpResponse:
    return detail_page(request, kpi, read(request.GET, kpi), more, status=422)
