"""The ranked list, and a look on demand."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from improve import services
from improve.detectors import REGISTRY
from improve.queries import lists as queries
from journal.idempotency import form_once
from people.doors import me

SEES, ACTS = "improve.view_suggestion", "improve.change_suggestion"


@require_safe
@permission_required(SEES, raise_exception=True)
def suggestions(request: HttpRequest) -> HttpResponse:
    """What costs the most hours, first."""
    now = timezone.now()
    tab = request.GET.get("tab", "open")
    tab = tab if tab in queries.TABS else "open"
    kind = request.GET.get("kind", "")
    kind = kind if kind in REGISTRY else ""
    overview = queries.overview(at=now)
    context = {
        "lines": queries.lines(tab, at=now, detector=kind), "tab": tab, "kind": kind,
        "tabs": queries.tabs(overview.counts), "overview": overview, "detectors": REGISTRY,
        "snoozed": queries.snoozed(at=now) if tab == "open" else [],
    }  # fmt: skip
    return TemplateResponse(request, "improve/suggestions.html", context)


@require_POST
@permission_required(ACTS, raise_exception=True)
def run(request: HttpRequest) -> HttpResponse:
    """Look now; a worker does it within seconds."""

    def effect() -> str:
        services.ask_run(by=me(request), at=timezone.now())
        return reverse("improve:suggestions")

    target = form_once(request, effect)
    messages.success(request, "The portal looks again. New suggestions stand here within a minute.")
    return redirect(target)


@require_safe
@permission_required(SEES, raise_exception=True)
def count(request: HttpRequest) -> HttpResponse:
    """How many are new, for the side bar; nothing when none is."""
    n = queries.new_ones()
    return TemplateResponse(request, "improve/count.html", {"n": n})
