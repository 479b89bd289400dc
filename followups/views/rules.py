"""Rules: the list with its switches, one rule in words, and what is done with it as a whole."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from followups import services, words
from followups.models import FollowUp, Rule
from followups.queries import rules as queries
from followups.queries.lists import paused
from followups.views.common import back, sees, shown
from followups.views.common import rules as changes
from people.doors import me

Status = FollowUp.Status


@require_safe
@sees
def rules(request: HttpRequest) -> HttpResponse:
    """By what they are about, each with what came of it lately."""
    held = paused()
    context = {"groups": queries.lines(at=timezone.now(), paused=held), "paused": held}
    return shown(request, "followups/rules.html", context)


@require_safe
@sees
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, get_object_or_404(Rule.objects.select_related("changed_by"), pk=pk))


def _page(request: HttpRequest, row: Rule, *, status: int = 200, problem: str = "") -> HttpResponse:
    about, held = queries.kind_of(row), paused()
    steps = queries.steps_of(row)
    context: dict[str, Any] = {
        "rule": row, "kind": about, "when": words.when(row), "only_if": words.only_if(row, about) if about else [],
        "until": words.until(row), "to": words.to_whom(row, about) if about else row.reader,
        "steps": [(step, words.step_in_words(step, about) if about else "") for step in steps],
        "history": queries.history(row), "counted": queries.stats(at=timezone.now(), rule=row.code)[row.code],
        "paused": held, "pause": held.rules.get(row.code), "problem": problem,
    }  # fmt: skip
    return shown(request, "followups/rule.html", context, status=status)


@require_POST
@changes
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    row, on = get_object_or_404(Rule, pk=pk), request.POST.get("on") == "1"
    services.switch(row, on=on, by=me(request), at=timezone.now())
    words = (
        "is on: what happens from now on is followed" if on else "is off: nothing goes out by it"
    )
    messages.success(request, f"“{row.name}” {words}.")
    return redirect(back(request, reverse("followups:rules")))


@require_POST
@changes
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Rule, pk=pk)
    name = row.name
    try:
        services.remove(row, by=me(request), at=timezone.now())
    except services.Unsound as refusal:
        return _page(request, row, status=409, problem=str(refusal))
    messages.success(request, f"“{name}” is gone. What it scheduled stops.")
    return redirect("followups:rules")
