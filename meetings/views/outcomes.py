"""How meetings went: the form of one, and the list of those of which nobody has said so."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from journal.models import Entry
from meetings import outcome_parts, queries, services
from meetings.forms_outcome import (
    AnswerForm,
    CorrectionForm,
    OutcomeForm,
    ReportForm,
    began,
    step_rows,
    steps_of,
)
from meetings.models import Meeting, Outcome, Status
from meetings.views.common import REFUSALS, seen, status_of, to_say
from people.doors import me
from tasks.models import Task

SHOWN = 50
SAID = ("meetings.meeting.outcome", "meetings.meeting.outcome_changed")


@permission_required("meetings.view_meeting", raise_exception=True)
def outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """How it went: the form while nobody has said so, afterwards what was said and what speaks for it."""
    if request.method == "POST":
        return _say(request, to_say(request, pk))
    return _page(request, seen(request, pk))


def _say(request: HttpRequest, row: Meeting) -> HttpResponse:
    user, now = me(request), timezone.now()
    form, rows = OutcomeForm(request.POST, meeting=row), step_rows(request.POST)
    parts = outcome_parts.asked(row, user, request.POST)
    valid = [form.is_valid(), rows.is_valid(), *(part.is_valid() for _, part in parts)]
    if not all(valid):
        return _page(request, row, status=422, form=form, rows=rows, parts=parts)

    def effect() -> str:
        services.confirm_outcome(
            row, outcome=form.cleaned_data["outcome"], started_at=form.began(),
            ended_at=form.ended(), note=form.cleaned_data["note"], report=form.report(steps_of(rows)),
            by=user, at=now,
        )  # fmt: skip
        outcome_parts.apply(parts, row, user, now)
        return f"/meetings/{row.pk}/"

    try:
        target = form_once(request, effect)
    except REFUSALS as refusal:
        again = seen(request, row.pk)
        extra = {"form": form, "rows": rows, "parts": parts, "problem": str(refusal)}
        return _page(request, again, status=status_of(refusal), **extra)
    messages.success(request, "Noted.")
    return redirect(target)


def _page(request: HttpRequest, row: Meeting, *, status: int = 200, **extra: Any) -> HttpResponse:
    user, now = me(request), timezone.now()
    over = row.ends_at is not None and row.ends_at < now and row.status == Status.BOOKED
    asking = over and queries.may_say(user, row)
    if asking:
        extra.setdefault("form", OutcomeForm(meeting=row, initial={"outcome": Outcome.HELD}))
        extra.setdefault("rows", step_rows())
        extra.setdefault("parts", outcome_parts.asked(row, user))
    known = row.outcome != Outcome.UNKNOWN
    reporting = row.status == Status.DONE and queries.may_say(user, row)
    if reporting:
        kept = {"notes": row.notes, "summary": row.summary}
        extra.setdefault("report_form", ReportForm(initial=kept))
        extra.setdefault("rows", step_rows())
    context = {
        "row": row, "over": over, "asking": asking, "known": known, "reporting": reporting,
        "signs": queries.signs_of([row]).get(row.pk, []) if over or known else [],
        "tasks": _tasks(row) if known else [],
        "changes": _changes(row) if row.status == Status.DONE else [],
        "may_correct": row.status == Status.DONE and user.has_perm("meetings.change_meeting"),
        "correction": CorrectionForm(initial={"outcome": row.outcome}, prefix="new"), **extra,
    }  # fmt: skip
    slot = "#slot" if request.htmx else ""  # type: ignore[attr-defined]
    return TemplateResponse(request, f"meetings/outcome/outcome.html{slot}", context, status=status)


def _tasks(row: Meeting) -> list[Task]:
    """What was agreed in it."""
    return list(
        Task.objects.filter(pk__in=row.next_tasks).select_related("owner").order_by("pk")
        if row.next_tasks
        else []
    )


def _changes(row: Meeting) -> list[dict[str, Any]]:
    """What was said before it was corrected."""
    entries = Entry.objects.about(row).filter(action=SAID[1]).newest_first()[:10]
    return [
        {
            "at": one.at, "who": one.actor_name, "reason": one.data.get("reason", ""),
            "before": dict(Outcome.choices).get(one.data.get("before", {}).get("outcome"), "Unknown"),
        }
        for one in entries
    ]  # fmt: skip


@require_POST
@permission_required("meetings.change_meeting", raise_exception=True)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Say afterwards that it went otherwise, and why."""
    row, form = seen(request, pk), CorrectionForm(request.POST, prefix="new")
    if not form.is_valid():
        return _page(request, row, status=422, correction=form)
    said = form.cleaned_data
    held = said["outcome"] == Outcome.HELD
    try:
        services.correct_outcome(
            row, outcome=said["outcome"], reason=said["reason"], by=me(request), at=timezone.now(),
            started_at=began(row, said["minutes_late"] or 0) if held else None,
        )  # fmt: skip
    except REFUSALS as refusal:
        again = seen(request, pk)
        extra = {"correction": form, "problem": str(refusal)}
        return _page(request, again, status=status_of(refusal), **extra)
    messages.success(request, "Corrected. What was said before stays in the history.")
    return redirect("meetings:meeting", pk)


@require_POST
@permission_required("meetings.view_meeting", raise_exception=True)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes, next steps and the summary after the outcome was said, perhaps by one click."""
    row = to_say(request, pk)
    form, rows = ReportForm(request.POST), step_rows(request.POST)
    if not all([form.is_valid(), rows.is_valid()]):
        return _page(request, row, status=422, report_form=form, rows=rows)

    def effect() -> str:
        services.write_report(
            row, report=form.report(steps_of(rows)), by=me(request), at=timezone.now()
        )
        return f"/meetings/{pk}/"

    try:
        target = form_once(request, effect)
    except REFUSALS as refusal:
        extra = {"report_form": form, "rows": rows, "problem": str(refusal)}
        return _page(request, seen(request, pk), status=status_of(refusal), **extra)
    messages.success(request, "Saved.")
    return redirect(target)


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def confirm(request: HttpRequest) -> HttpResponse:
    """Meetings that are over and of which nobody has said how they went, the oldest first."""
    rows = queries.waiting_for_outcome(me(request), timezone.now())
    found = list(rows.select_related("account", "host")[: SHOWN + 1])
    signs = queries.signs_of(found[:SHOWN])
    lines = [{"row": row, "signs": signs.get(row.pk, [])} for row in found[:SHOWN]]
    context = {"lines": lines, "more": len(found) > SHOWN}
    return TemplateResponse(request, "meetings/outcome/confirm.html", context)


@require_POST
@permission_required("meetings.view_meeting", raise_exception=True)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One click; htmx gets the row back, everyone else the list."""
    row, form = seen(request, pk), AnswerForm(request.POST)
    if not queries.may_say(me(request), row):
        raise PermissionDenied
    status, problem = 200, ""
    if not form.is_valid():
        status, problem = 422, str(next(iter(form.errors.values()))[0])
    else:
        said = form.cleaned_data
        late = said["minutes_late"] if said["answer"] == "late" else None
        try:
            services.confirm_outcome(
                row, outcome="held" if said["answer"] == "late" else said["answer"],
                started_at=began(row, late), by=me(request), at=timezone.now(),
            )  # fmt: skip
        except REFUSALS as refusal:
            status, problem = status_of(refusal), str(refusal)
    return _answered(request, row.pk, status, problem)


def _answered(request: HttpRequest, pk: int, status: int, problem: str) -> HttpResponse:
    row = seen(request, pk)
    if request.htmx:  # type: ignore[attr-defined]
        line = {"row": row, "signs": queries.signs_of([row]).get(pk, [])}
        context = {"line": line, "problem": problem, "done": not problem}
        return TemplateResponse(
            request, "meetings/outcome/confirm.html#line", context, status=status
        )
    if problem:
        messages.error(request, f"{row.title}: {problem}")
    else:
        messages.success(request, f"{row.title}: {row.get_outcome_display()}.")
    return redirect("meetings:confirm")
