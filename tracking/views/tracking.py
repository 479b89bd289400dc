"""Deals for the coordinator: what moved, what is stuck, what needs a next step, what it may bring."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from people.doors import me
from tracking.forms import TrackingForm
from tracking.models import Schedule, Summary
from tracking.queries import pipeline
from tracking.queries.pipeline import LOST, WON
from tracking.queries.scope import Scope
from tracking.queries.summary import sums, week
from tracking.words import paper as drawn

PERMISSION: Final = "crm.view_deal"


def _asked(request: HttpRequest) -> tuple[TrackingForm, Scope, datetime, datetime]:
    """The filters of the address; nonsense is as if it were not said."""
    form, user = TrackingForm(request.GET), me(request)
    form.is_valid()
    said = form.cleaned_data
    scope = Scope(user, said.get("team"), said.get("pipeline"), said.get("owner"))
    return form, scope, *form.span(user.zone)


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def tracking(request: HttpRequest) -> HttpResponse:
    """One week of the pipeline, and what waits today."""
    form, scope, start, end = _asked(request)
    now = timezone.now()
    until = min(end, now)
    context = {
        "form": form, "start": start, "last": end - timedelta(days=1), "now": now,
        "earlier": (start - timedelta(days=7)).date(), "later": end.date() if end <= now else None,
        "standing": _standing(scope, until), "moved": pipeline.moved(scope, start, end, 20),
        "won": _ended(scope, WON, start, end), "lost": _ended(scope, LOST, start, end),
        "opened": _kept(pipeline.opened(scope, start, end)),
        "needs": pipeline.in_trouble(scope, now),
        "closing": pipeline.closed(scope, until)[:30],
        "forecast": _forecast(scope, until), "work": pipeline.work(scope, start, end)[:12],
    }  # fmt: skip
    return TemplateResponse(request, "tracking/tracking.html", context)


def _standing(scope: Scope, at: datetime) -> list[tuple[pipeline.Standing, str, pipeline.Chance]]:
    chances = pipeline.chances(scope, at)
    return [(one, sums(one.worth), chances[one.stage.pk]) for one in pipeline.standing(scope, at)]


def _kept(rows: Any) -> dict[str, Any]:
    return {"n": rows.count(), "worth": sums(pipeline.worth(rows)), "rows": list(rows[:12])}


def _ended(scope: Scope, kind: str, start: datetime, end: datetime) -> dict[str, Any]:
    return _kept(pipeline.ended(scope, kind, start, end))


def _forecast(scope: Scope, at: datetime) -> dict[str, Any]:
    seen = pipeline.forecast(scope, at, timezone.localdate(at))
    return {
        "months": [(month, sums(whole), sums(weighted)) for month, whole, weighted in seen.months],
        "late": sums(seen.late) if seen.late else "", "total": sums(seen.total),
        "undated": sums(seen.undated) if seen.undated else "",
    }  # fmt: skip


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def paper(request: HttpRequest) -> HttpResponse:
    """The week as PDF, for whoever looks at it now."""
    _, scope, start, end = _asked(request)
    zone, now = scope.user.zone, timezone.now()
    sections = week(scope, start, min(end, now), Schedule.Audience.TEAM, zone)
    title = f"Deals, {start:%-d %b} to {end - timedelta(days=1):%-d %b %Y}"
    kept = Summary(
        title=title, from_at=start, until_at=end, made_at=now,
        sections=[section.as_json() for section in sections],
    )  # fmt: skip
    return pdf(drawn(kept), f"deals-{start:%Y-%m-%d}.pdf")


def pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
