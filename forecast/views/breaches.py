"""Promises that may break, and what was said of them before."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.models import SalesRequest
from forecast.models import BreachForecast
from forecast.queries.results import worth
from people.models import Team

SHOWN = 40
LEAST = 0.05  # what is less likely is not worth a line


def teams() -> list[Team]:
    """Teams that requests come to."""
    rows = Team.objects.filter(requests__isnull=False).distinct().select_related("calendar")
    return list(rows.order_by("name", "pk"))


def chosen(request: HttpRequest, known: list[Team]) -> Team | None:
    """The team of the address; else the reader's own, else the first."""
    wanted = request.GET.get("team", "")
    own = getattr(request.user, "team_id", None)
    by_key = {str(team.pk): team for team in known}
    return by_key.get(wanted) or by_key.get(str(own)) or (known[0] if known else None)


@require_safe
@permission_required("forecast.view_breachforecast", raise_exception=True)
def expected(request: HttpRequest) -> HttpResponse:
    """How many promises may break today and this week, and which."""
    known = teams()
    team = chosen(request, known)
    said = BreachForecast.objects.filter(team=team, kept=False).first() if team else None
    context = {
        "teams": known, "team": team, "said": said, "rows": _rows(said, request),
        "is_today": said is not None and said.day == timezone.localdate(said.made_at),
    }  # fmt: skip
    return TemplateResponse(request, "forecast/expected.html", context)


def _rows(said: BreachForecast | None, request: HttpRequest) -> list[dict[str, Any]]:
    """The likeliest, among requests that the reader may see and that are open still."""
    if said is None:
        return []
    chances = list(
        said.chances.filter(week__gte=LEAST).order_by("-today", "-week", "request_id")[: SHOWN * 2]
    )
    rows = SalesRequest.objects.visible_to(request.user).open()  # type: ignore[arg-type]  # signed in
    shown = rows.filter(pk__in=[c.request_id for c in chances]).values(
        "pk", "subject", "type__name", "due_at", "holder__name", "account__name"
    )
    by_key = {row["pk"]: row for row in shown}
    return [
        {**by_key[c.request_id], "today": c.today, "week": c.week, "why": c.why,
         "today_width": round(c.today * 100)}
        for c in chances if c.request_id in by_key
    ][:SHOWN]  # fmt: skip


@require_safe
@permission_required("forecast.view_breachforecast", raise_exception=True)
def looked_back(request: HttpRequest) -> HttpResponse:
    """What was said of the last weeks, against what happened."""
    known = teams()
    team = chosen(request, known)
    found = worth(team) if team else None
    days = list(reversed(found.days)) if found else []
    points = [
        {"label": f"{day.day.day} {day.day:%b}", "value": day.today["expected"], "low": day.today["low"],
         "high": day.today["high"], "seen": day.happened}
        for day in days
    ]  # fmt: skip
    context = {"teams": known, "team": team, "worth": found, "points": points,
               "gaps": _gaps(team)}  # fmt: skip
    return TemplateResponse(request, "forecast/looked_back.html", context)


def _gaps(team: Team | None) -> str:
    """Why the latest day of which nothing could be said has nothing."""
    if team is None:
        return ""
    rows = BreachForecast.objects.filter(team=team).exclude(missing="")
    row = rows.order_by("-day", "pk").first()
    return row.missing if row else ""
