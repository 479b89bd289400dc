"""Targets, notes and watches: what people say about the figures, on the page of each KPI."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from journal.idempotency import form_once
from kpis import services
from kpis.definitions import KPIS, Kpi, Measure
from kpis.forms import NoteForm, TargetForm
from kpis.models import ALL, Note, Target
from kpis.queries import judged
from kpis.queries.figure import Figure
from kpis.queries.filters import Filters
from kpis.views.asked import kpi_of, read
from kpis.wording import comparable
from people.models import User

HOUR: Final = 3600


def judging(request: HttpRequest, kpi: Kpi, filters: Filters, head: Figure) -> dict[str, Any]:
    """What the page shows of all that: the target in force, notes, signals, forms to say more."""
    target = judged.target_of(head.measure, filters)
    return {
        "target": target,
        "met": judged.met(head.measure, head.value, target)
        if comparable(head.measure, filters)
        else None,
        "notes": judged.notes_of(kpi, filters),
        "signals": judged.signals_of(kpi, filters),
        "watched": judged.is_watched(_user(request), kpi, filters),
        "target_form": TargetForm(
            initial={"value": shown(head.measure, target.value) if target else None,
                     "since": filters.end.replace(day=1)}
        ),
        "target_unit": unit_of(head.measure),
        "note_form": NoteForm(initial={"day": filters.end}),
    }  # fmt: skip


def unit_of(measure: Measure) -> str:
    """In what a target is typed."""
    return {"duration": "business hours", "share": "%", "days": "days"}.get(measure.unit, "")


def shown(measure: Measure, value: float) -> float:
    """A kept target as it is typed: hours, percent."""
    if measure.unit == "duration":
        return round(value / HOUR, 2)
    return round(value * 100, 2) if measure.unit == "share" else value


def kept(measure: Measure, typed: float) -> float:
    if measure.unit == "duration":
        return typed * HOUR
    return typed / 100 if measure.unit == "share" else typed


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
            team_id=ALL if filters.team is None else filters.team,
            type_id=ALL if filters.type is None else filters.type,
            since=form.cleaned_data["since"], by=_user(request), at=timezone.now(),
        )  # fmt: skip
        messages.success(request, "Target set.")
        return _back(request, kpi)

    return HttpResponseRedirect(form_once(request, write))


@require_POST
@permission_required("kpis.change_target", raise_exception=True)
def remove_target(request: HttpRequest, pk: int) -> HttpResponse:
    target = get_object_or_404(Target, pk=pk)
    kpi = next((k for k in KPIS.values() if k.headline == target.measure), KPIS["turnaround"])
    services.remove_target(target, by=_user(request), at=timezone.now())
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
            team_id=ALL if filters.team is None else filters.team,
            by=_user(request), at=timezone.now(),
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
    services.remove_note(note, by=_user(request), at=timezone.now())
    messages.success(request, "Note removed.")
    return HttpResponseRedirect(_back(request, kpi))


@require_POST
@permission_required("kpis.view_kpis", raise_exception=True)
def watch(request: HttpRequest, slug: str) -> HttpResponse:
    """Be told of signals from now on, or no more."""
    kpi = kpi_of(slug)
    filters = _filters(request, kpi)
    team = ALL if filters.team is None else filters.team
    on = request.POST.get("on") == "1"
    change = services.watch if on else services.unwatch
    change(_user(request), kpi=kpi.slug, team_id=team, at=timezone.now())
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
    from kpis.views.pages import detail_page  # noqa: PLC0415 - the page holds these forms

    return detail_page(request, kpi, read(request.GET, kpi), more, status=422)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the permission says so
    return request.user
