"""Playbooks: the list, and an editor whose rows are added without JavaScript."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from people.doors import me
from tasks import forms, queries, scripts, services
from tasks.models import Playbook

CHANGE = "tasks.change_playbook"
MOST = 50


@require_safe
@permission_required(CHANGE, raise_exception=True)
def playbooks(request: HttpRequest) -> HttpResponse:
    """All of them, with what starts each."""
    return TemplateResponse(request, "tasks/playbooks.html", {"rows": queries.playbook_rows()})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(CHANGE, raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _posted(request, None)
    return _editor(request, None, forms.PlaybookForm(), _steps(None))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(CHANGE, raise_exception=True)
def playbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor; with `?start=` also what a run that starts on that day would make."""
    row = get_object_or_404(Playbook, pk=pk)
    if request.method == "POST":
        return _posted(request, row)
    form = forms.PlaybookForm(initial=forms.PlaybookForm.initial_of(row))
    return _editor(request, row, form, _steps(row))


def _steps(row: Playbook | None) -> list[forms.StepForm]:
    if row is None:
        return [forms.StepForm(prefix="s1")]
    return [
        forms.StepForm(prefix=f"s{n}", initial=forms.StepForm.initial_of(step))
        for n, step in enumerate(scripts.steps_of(row), 1)
    ]


def _editor(
    request: HttpRequest, row: Playbook | None, form: forms.PlaybookForm,
    steps: list[forms.StepForm], *, status: int = 200, problem: str = "",
) -> HttpResponse:  # fmt: skip
    start = forms.PreviewForm(request.GET) if "start" in request.GET else forms.PreviewForm()
    shown = []
    if row is not None and start.is_valid():
        shown = queries.preview(scripts.steps_of(row), start.cleaned_data["start"])
    context = {
        "row": row, "form": form, "steps": steps, "problem": problem, "preview": shown,
        "start": start, "variables": scripts.VARIABLES, "runs": queries.runs_of(row) if row else [],
        "today": timezone.localdate(),
    }  # fmt: skip
    return TemplateResponse(request, "tasks/playbook.html", context, status=status)


def _posted(request: HttpRequest, row: Playbook | None) -> HttpResponse:
    """Add or remove a row and go on writing, or save."""
    form, wanted = forms.PlaybookForm(request.POST), request.POST.get("do", "save")
    verb, _, number = wanted.partition("-")
    if verb in {"add", "remove"}:
        return _editor(request, row, _unjudged(request.POST), _rows(request.POST, verb, number))
    steps = [forms.StepForm(request.POST, prefix=prefix) for prefix in _prefixes(request.POST)]
    sound = [
        part.is_valid() for part in (form, *steps)
    ]  # all of them, so that all say what is wrong
    if not all(sound):
        return _editor(request, row, form, steps, status=422)
    try:
        saved = _save(request, row, form, steps)
    except services.BadPlaybook as refusal:
        return _editor(request, row, form, steps, status=422, problem=str(refusal))
    except services.ChangedMeanwhile as refusal:
        data = request.POST.copy()
        data["version"] = str(get_object_or_404(Playbook, pk=row.pk if row else 0).version)
        kept = forms.PlaybookForm(data)
        return _editor(request, row, kept, steps, status=409, problem=str(refusal))
    messages.success(request, f"“{saved}” is saved. What was started before goes on as it was.")
    return redirect("tasks:playbook", saved.pk)


def _save(
    request: HttpRequest, row: Playbook | None, form: forms.PlaybookForm,
    steps: list[forms.StepForm],
) -> Playbook:  # fmt: skip
    data = form.cleaned_data
    return services.save_playbook(
        row, name=data["name"], description=data["description"], trigger=data["trigger"],
        condition=form.condition(), is_active=data["is_active"], version=data["version"],
        steps=[_plan(step.cleaned_data) for step in steps], by=me(request), at=timezone.now(),
    )  # fmt: skip


def _plan(data: dict[str, Any]) -> services.StepPlan:
    return services.StepPlan(**data | {"due_after": data["due_after"] or 0})


def _prefixes(data: QueryDict) -> list[str]:
    """The rows that the form sent, in their order."""
    return [f"s{n}" for n in range(1, MOST + 1) if f"s{n}-title" in data]


def _unjudged(data: QueryDict) -> forms.PlaybookForm:
    """What was typed so far, without complaints: it is not finished."""
    return forms.PlaybookForm(initial=_typed(forms.PlaybookForm.base_fields, data, ""))


def _rows(data: QueryDict, verb: str, number: str) -> list[forms.StepForm]:
    """The rows as typed, less one or with an empty one more; “after” follows its step."""
    kept = [p for p in _prefixes(data) if not (verb == "remove" and p == f"s{number}")]
    places = {prefix.removeprefix("s"): str(n) for n, prefix in enumerate(kept, 1)}
    rows = []
    for n, prefix in enumerate(kept, 1):
        typed = _typed(forms.StepForm.base_fields, data, f"{prefix}-")
        typed["after"] = places.get(str(typed["after"] or ""), "")
        rows.append(forms.StepForm(prefix=f"s{n}", initial=typed))
    if verb == "add" and len(rows) < MOST:
        rows.append(forms.StepForm(prefix=f"s{len(rows) + 1}"))
    return rows or [forms.StepForm(prefix="s1")]


def _typed(fields: Any, data: QueryDict, prefix: str) -> dict[str, Any]:
    return {name: data.get(f"{prefix}{name}", "") for name in fields}
