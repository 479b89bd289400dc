"""What if: scenarios are asked for, watched, read, held side by side, stopped and removed."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from forecast.forms import ScenarioForm, initial_of
from forecast.models import Scenario
from forecast.queries import results
from forecast.queries.past import kinds_of
from forecast.services import scenarios
from forecast.services.learning import coordinators
from forecast.services.scenarios import Refused
from forecast.views.breaches import chosen, teams
from journal.idempotency import form_once
from kit.pages import keyset_page
from people import calendars
from people.doors import me
from people.models import Team

sees: Callable[[Any], Any] = permission_required("forecast.view_scenario", raise_exception=True)
asks: Callable[[Any], Any] = permission_required("forecast.add_scenario", raise_exception=True)
changes: Callable[[Any], Any] = permission_required(
    "forecast.change_scenario", raise_exception=True
)
LONGEST_KEY: Final = 18


@require_safe
@sees
def what_if(request: HttpRequest) -> HttpResponse:
    """The scenarios, newest first, to be chosen for a comparison."""
    rows = Scenario.objects.annotate(plays=Count("played")).values(
        "pk", "name", "team__name", "status", "extra", "service", "growth", "hours", "seed", "plays",
        "replications", "asked_at", "by__name",
    )  # fmt: skip
    page = keyset_page(rows, keys=("-pk",), after=request.GET.get("after", ""))
    for row in page.rows:
        row["changes"] = changed_words(row)
    return TemplateResponse(request, "forecast/what_if.html", {"page": page})


def changed_words(row: dict[str, Any]) -> str:
    """What a scenario changes, in short."""
    parts = []
    if row["extra"]:
        parts.append(f"{row['extra']:+d} coordinator{'' if abs(row['extra']) == 1 else 's'}")
    if row["hours"]:
        parts.append(f"{len(row['hours'])} hour{'' if len(row['hours']) == 1 else 's'} set by hand")
    if row["growth"]:
        parts.append(
            f"arrivals of {len(row['growth'])} type{'' if len(row['growth']) == 1 else 's'} changed"
        )
    if row["service"]:
        parts.append(f"hands-on time {row['service']:+d} %")
    return ", ".join(parts) or "as it is"


@asks
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a scenario; `from` takes another one's answers over."""
    known = teams()
    source = _source(request)
    team = source.team if source and "team" not in request.GET else chosen(request, known)
    if team is None:
        return TemplateResponse(request, "forecast/new.html", {"teams": []})
    form = _form(request, team, source)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(form_once(request, lambda: _ask(request, form, team)))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "team": team, "teams": known, "people": len(coordinators(team))}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "forecast/new.html", context, status=status)


def _ask(request: HttpRequest, form: ScenarioForm, team: Team) -> str:
    row = scenarios.ask(
        form.cleaned_data["name"], team, form.wanted(), by=me(request), at=timezone.now()
    )
    return reverse("forecast:scenario", args=[row.pk])


def _source(request: HttpRequest) -> Scenario | None:
    raw = request.GET.get("from", "")
    if not (raw.isascii() and raw.isdecimal() and len(raw) < LONGEST_KEY):
        return None
    return Scenario.objects.select_related("team__calendar").filter(pk=int(raw)).first()


def _form(request: HttpRequest, team: Team, source: Scenario | None) -> ScenarioForm:
    people = len(coordinators(team))
    week = calendars.for_team(team).week
    hours = {
        day * 24 + hour: people
        for day, pairs in enumerate(week)
        for hour in range(24)
        if any(start < (hour + 1) * 60 and end > hour * 60 for start, end in pairs)
    }
    initial = initial_of(source) if source else {"name": "As it is"}
    return ScenarioForm(request.POST or None, kinds=kinds_of(team), hours=hours, initial=initial)


@require_safe
@sees
def scenario(request: HttpRequest, pk: int) -> HttpResponse:
    """One scenario: how far it is, then what came of it."""
    row = _get(pk)
    context = {"row": row, "share": _share(row), "changes": changed_words(vars(row)),
               "growth": _growth(row)}  # fmt: skip
    if row.played.exists():
        context["answer"] = results.answer(row)
    return TemplateResponse(request, "forecast/scenario.html", context)


def _get(pk: int) -> Scenario:
    rows = Scenario.objects.select_related("team__calendar", "learned", "by")
    return get_object_or_404(rows, pk=pk)


def _share(row: Scenario) -> int:
    return round(100 * row.played.count() / row.replications)


def _growth(row: Scenario) -> list[tuple[str, int]]:
    names = kinds_of(row.team)
    return [(names.get(int(pk), "A type that is gone"), value) for pk, value in row.growth.items()]


@require_GET
@sees
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves; when the scenario is over the page is loaded once more."""
    row = _get(pk)
    context = {"row": row, "share": _share(row)}
    response = TemplateResponse(request, "forecast/scenario.html#progress", context)
    if row.is_over:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@changes
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it; what was played stays."""
    try:
        scenarios.stop(_get(pk), by=me(request), at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("forecast:scenario", pk)


@require_POST
@changes
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it away."""
    try:
        scenarios.remove(_get(pk), by=me(request), at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("forecast:scenario", pk)
    messages.success(request, "The scenario is removed.")
    return redirect("forecast:what_if")


@require_safe
@sees
def compare(request: HttpRequest) -> HttpResponse:
    """Scenarios side by side; each against the first."""
    rows = results.picked(request.GET.getlist("s"))
    enough = len(rows) > 1
    context = {
        "rows": rows,
        "lines": results.compare(rows, scenarios.same_luck) if enough else [],
        "paired": enough and all(scenarios.same_luck(rows[0], row) for row in rows[1:]),
    }
    return TemplateResponse(request, "forecast/compare.html", context)
