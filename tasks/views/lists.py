"""My tasks, the month, and the line that adds one."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from people.doors import me
from tasks import queries, services
from tasks.forms import MonthForm, QuickForm

OPTIONS = 12


@require_safe
@permission_required("tasks.view_task", raise_exception=True)
def mine(request: HttpRequest) -> HttpResponse:
    """What I have to do, soonest due first."""
    return _page(request)


def _page(
    request: HttpRequest, *, form: QuickForm | None = None, status: int = 200
) -> HttpResponse:
    user = me(request)
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in queries.TABS else "mine"
    today = queries.today_of(user, timezone.now())
    page, lines = queries.task_page(user, tab, request.GET.get("after", ""), today)
    context = {
        "page": page, "lines": lines, "tab": tab, "tabs": queries.TABS, "today": today,
        "form": form or QuickForm(), "late": queries.overdue(user, today)[:100].count(),
    }  # fmt: skip
    return TemplateResponse(request, "tasks/mine.html", context, status=status)


@require_POST
@permission_required("tasks.add_task", raise_exception=True)
def add(request: HttpRequest) -> HttpResponse:
    """A line becomes a task of mine; on the team's tab, the team's."""
    user, form = me(request), QuickForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    for_team = request.GET.get("tab") == "team" and user.team is not None
    owner: dict[str, Any] = {"team": user.team} if for_team else {"owner": user}

    def effect() -> str:
        services.create(**form.cleaned_data, **owner, by=user, at=timezone.now())
        return f"{reverse('tasks:mine')}{'?tab=team' if for_team else ''}"

    target = form_once(request, effect)
    messages.success(request, f"“{form.cleaned_data['title']}” is on the list.")
    return redirect(target)


@require_safe
@permission_required("tasks.view_task", raise_exception=True)
def calendar(request: HttpRequest) -> HttpResponse:
    """A month of due days; another one by `?month=`."""
    user = me(request)
    today = queries.today_of(user, timezone.now())
    form = MonthForm(request.GET)
    month = form.cleaned_data["month"] if form.is_valid() else today.replace(day=1)
    whole_team = request.GET.get("who") == "team"
    weeks = queries.calendar(user, month, today, whole_team=whole_team)
    context = {
        "month": month, "weeks": weeks, "whole_team": whole_team,
        "days": [day for week in weeks for day in week if day.inside and day.lines],
        "before": _month(month - timedelta(days=1)), "after": _month(month + timedelta(days=31)),
    }  # fmt: skip
    return TemplateResponse(request, "tasks/calendar.html", context)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


@require_safe
@permission_required("tasks.view_task", raise_exception=True)
def options(request: HttpRequest) -> HttpResponse:
    """Suggestions for a task that another waits for."""
    text = request.GET.get("blocker", "").replace("\0", "").strip()[:100]
    found = queries.options(me(request), text, limit=OPTIONS) if text else []
    return TemplateResponse(request, "tasks/options.html", {"found": found})
