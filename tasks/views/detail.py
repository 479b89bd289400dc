"""One task: its page, and every step of its life."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from journal.idempotency import form_once
from people.doors import me
from people.models import User
from tasks import forms, queries, recurrence, services
from tasks.models import ChecklistItem, IllegalMove, Task
from tasks.subjects import subject_for

CHANGE = "tasks.change_task"
CONFLICTS = (IllegalMove, services.Unfinished, services.ChangedMeanwhile, services.Circle)
REFUSALS = (*CONFLICTS, services.BadTask, recurrence.BadRule)


def visible(request: HttpRequest, pk: int) -> Task:
    """The task, if this person may see it; 404 otherwise."""
    rows = Task.objects.visible_to(me(request)).select_related(
        "owner__team__calendar", "team__calendar", "account", "created_by", "closed_by",
        "previous", "run__playbook",
    )  # fmt: skip
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("tasks.view_task", raise_exception=True)
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a task; saving it sends the whole form here."""
    if request.method == "POST":
        return _save(request, pk)
    return page(request, visible(request, pk))


def page(request: HttpRequest, row: Task, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page, also after a refusal: what was typed stays."""
    user = me(request)
    today = queries.today_of(user, timezone.now())
    seen = subject_for(user, row.subject_type, row.subject_id or 0) if row.subject_type else None
    rule = recurrence.parse(row.recurrence)
    context = {
        "row": row, "line": queries.line_of(row, today), "form": forms.TaskForm.of(row),
        "items": row.items.select_related("done_by").order_by("position", "pk"),
        "blockers": queries.blockers(row), "waiting": queries.waiting(row),
        "subject": seen, "rule": rule, "history": queries.history(row), "today": today,
        "next": Task.objects.filter(previous=row).first(), "item_form": forms.ItemForm(),
        "drop_form": forms.DropForm(), "blocker_form": forms.BlockerForm(user),
        "may": user.has_perm(CHANGE), **extra,
    }  # fmt: skip
    return TemplateResponse(request, "tasks/task.html", context, status=status)


@permission_required(CHANGE, raise_exception=True)
def _save(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = visible(request, pk), forms.TaskForm(request.POST)
    if not form.is_valid():
        return page(request, row, status=422, form=form)
    fields, version = form.fields_of_task(), form.cleaned_data["version"]
    try:
        services.change(row, by=me(request), at=timezone.now(), version=version, **fields)
    except services.ChangedMeanwhile as refusal:
        return _conflict(request, pk, form, str(refusal))
    except REFUSALS as refusal:
        again = visible(request, pk)
        return page(request, again, status=422, form=form, problem=str(refusal))
    messages.success(request, "Saved.")
    return redirect("tasks:task", pk)


def _conflict(request: HttpRequest, pk: int, form: forms.TaskForm, problem: str) -> HttpResponse:
    """The second editor keeps the words that she typed and sees what the first one saved."""
    row = visible(request, pk)
    typed = form.fields_of_task()
    differences = [
        (str(forms.TaskForm.base_fields[name].label or name.capitalize()), getattr(row, name))
        for name in typed
        if name != "recurrence" and getattr(row, name) != typed[name]
    ]
    data = request.POST.copy()
    data["version"] = str(row.version)
    kept = forms.TaskForm(data)
    return page(request, row, status=409, form=kept, problem=problem, differences=differences)


Act = Callable[[HttpRequest, Task, dict[str, Any]], Any]


def _step(act: Act, *, form_of: Callable[[User, Any], Form] | None = None, slot: str = "") -> Any:
    """A door for one step: check, parse, one service call; htmx gets the row of a list back, and
    everyone else the page where the form stood."""

    def view(request: HttpRequest, pk: int, **keys: int) -> HttpResponse:
        row, user = visible(request, pk), me(request)
        form = form_of(user, request.POST) if form_of else None
        if form is not None and not form.is_valid():
            return page(request, row, status=422, **{slot: form})
        problem = ""

        def effect() -> str:
            act(request, row, {**(form.cleaned_data if form else {}), **keys})
            return _back(request, row)

        try:
            target = form_once(request, effect)
        except REFUSALS as refusal:
            problem, target = str(refusal), ""
        if request.htmx:  # type: ignore[attr-defined]
            return _row(request, row, problem)
        if problem:
            again = visible(request, pk)
            return page(
                request, again, status=409, problem=problem, **({slot: form} if slot else {})
            )
        return redirect(target)

    return require_POST(permission_required(CHANGE, raise_exception=True)(view))


def _row(request: HttpRequest, row: Task, problem: str) -> HttpResponse:
    line = queries.line_of(row, queries.today_of(me(request), timezone.now()))
    in_slot = request.POST.get("look") == "slot"
    template = "tasks/slot.html#line" if in_slot else "tasks/mine.html#row"
    context = {"line": line, "problem": problem, "form_key": True}
    return TemplateResponse(request, template, context, status=409 if problem else 200)


def _back(request: HttpRequest, row: Task) -> str:
    """Where the form stood: a list of ours, else the task."""
    back = request.POST.get("back", "")
    return back if back.startswith("/tasks/") and "\\" not in back else f"/tasks/{row.pk}/"


def _finish(request: HttpRequest, row: Task, _: dict[str, Any]) -> None:
    again = services.finish(row, by=me(request), at=timezone.now())
    if again is not None and not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, f"Done. It comes back on {again.due_on:%A, %d %B %Y}.")


def _check(request: HttpRequest, row: Task, keys: dict[str, Any]) -> None:
    item = get_object_or_404(ChecklistItem, pk=keys["item"], task=row)
    turn = services.check if item.done_at is None else services.uncheck
    turn(item, by=me(request), at=timezone.now())


def _remove_item(request: HttpRequest, row: Task, keys: dict[str, Any]) -> None:
    item = get_object_or_404(
        ChecklistItem.objects.select_related("task"), pk=keys["item"], task=row
    )
    services.remove_item(item, by=me(request), at=timezone.now())


def _free(request: HttpRequest, row: Task, keys: dict[str, Any]) -> None:
    blocker = get_object_or_404(Task, pk=keys["blocker"], blocks__task=row)
    services.wait_no_longer(row, blocker=blocker, by=me(request), at=timezone.now())


finish = _step(_finish)
reopen = _step(lambda request, row, _: services.reopen(row, by=me(request), at=timezone.now()))
take = _step(
    lambda request, row, _: services.assign(
        row, owner=me(request), team=row.team, by=me(request), at=timezone.now()
    )
)
drop = _step(
    lambda request, row, data: services.drop(
        row, reason=data["reason"], by=me(request), at=timezone.now()
    ),
    form_of=lambda _, data: forms.DropForm(data),
    slot="drop_form",
)
add_item = _step(
    lambda request, row, data: services.add_item(
        row, text=data["text"], required=data["required"], by=me(request), at=timezone.now()
    ),
    form_of=lambda _, data: forms.ItemForm(data),
    slot="item_form",
)
check = _step(_check)
remove_item = _step(_remove_item)
wait_for = _step(
    lambda request, row, data: services.wait_for(
        row, blocker=data["blocker"], by=me(request), at=timezone.now()
    ),
    form_of=forms.BlockerForm,
    slot="blocker_form",
)
free = _step(_free)
