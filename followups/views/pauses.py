"""Pausing and going on; limits that hold for all rules."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from followups import services
from followups.forms import LimitsForm, PauseForm
from followups.models import Pause
from followups.queries.lists import account_names
from followups.views.common import acts, back, rules, sees, shown
from journal.idempotency import form_once
from people.doors import me


@require_safe
@sees
def pauses(request: HttpRequest) -> HttpResponse:
    """What waits, what waited lately, and the limits."""
    return _page(request, form=PauseForm(initial=_wanted(request)))


def _wanted(request: HttpRequest) -> dict[str, str]:
    """What a link of another page means: ?rule=3, ?account=5."""
    for name in ("rule", "account"):
        said = request.GET.get(name, "")[:18]
        if said.isascii() and said.isdecimal():
            found = account_names({int(said)}).get(int(said), "") if name == "account" else said
            return {"what": name, name: found}
    return {}


def _page(
    request: HttpRequest, *, form: PauseForm | None = None, limits: LimitsForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    ended = Pause.objects.exclude(ended_at=None).select_related("rule", "by", "ended_by")
    rows = list(ended.order_by("-ended_at", "-pk")[:20])
    names = account_names({row.account_id for row in rows if row.account_id is not None})
    now = services.limits()
    context = {
        "form": form or PauseForm(), "limits": now,
        "ended": [(row, names.get(row.account_id or 0, "")) for row in rows],
        "limits_form": limits or LimitsForm(
            initial={"most_a_week": now.most_a_week, "stale_hours": now.stale_hours}
        ),
    }  # fmt: skip
    return shown(request, "followups/pauses.html", context, status=status)


@require_POST
@acts
def pause(request: HttpRequest) -> HttpResponse:
    """Everything, a rule, or an account waits, with a reason."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    said = form.cleaned_data
    home = back(request, reverse("followups:pauses"))

    def effect() -> str:
        services.pause(
            why=said["why"], rule=said["rule"], account_id=said["account"].pk if said["account"] else None,
            by=me(request), at=timezone.now(),
        )  # fmt: skip
        return home

    try:
        target = form_once(request, effect)
    except services.Unsound as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form=form, status=HTTPStatus.CONFLICT)
    messages.success(request, "Paused. What falls due meanwhile waits.")
    return redirect(target)


@require_POST
@acts
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    services.go_on(get_object_or_404(Pause, pk=pk), by=me(request), at=timezone.now())
    messages.success(request, "It goes on. What fell due meanwhile is looked at once more.")
    return redirect(back(request, reverse("followups:pauses")))


@require_POST
@rules
def limit(request: HttpRequest) -> HttpResponse:
    form = LimitsForm(request.POST)
    if not form.is_valid():
        return _page(request, limits=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    services.limit(**form.cleaned_data, by=me(request), at=timezone.now())
    messages.success(request, "The limits are saved.")
    return redirect("followups:pauses")
