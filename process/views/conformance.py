"""Does the work go as expected? The path, the share that fits, what deviates; defining paths."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from people.doors import me
from process.asking import chosen_path, extra_counts, number
from process.forms import PathForm
from process.models import EventLog, ModelPath, Variant
from process.queries import conformance as comparing
from process.queries import labels
from process.queries.playbooks import playbooks
from process.services import paths
from process.views.common import CHANGE, VIEW, asked, show


@require_safe
@permission_required(VIEW, raise_exception=True)
def conformance(request: HttpRequest, pk: int) -> HttpResponse:
    """The share of finished cases that take the path, and what the others do instead."""
    what = asked(request, pk)
    path = chosen_path(what, request.GET.get("path", ""))
    names = labels.activities(what.log)
    extra = extra_counts(request.GET)
    found = None
    if path is not None:
        found = comparing.conformance(what.log, path, what.filters, names, extra_counts=extra)
    context = {
        "path": path, "found": found, "extra_counts": extra,
        "path_key": path.pk if path and path.pk else "top",
        "steps": [(names.get(a, "?"), a in path.optional) for a in path.activities] if path else [],
        "paths": what.log.model_paths.order_by("name", "pk"),
        "playbooks": playbooks(what.log, what.filters),
    }  # fmt: skip
    return show(request, what, "process/conformance.html", "process:conformance", context)


@permission_required(CHANGE, raise_exception=True)
def new_path(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what is expected, perhaps beginning with a way that cases took."""
    log = get_object_or_404(EventLog, pk=pk)
    variant = number(request.GET.get("variant"))
    start: list[int] = []
    if variant is not None:
        taken = Variant.objects.filter(log=log, pk=variant).first()
        start = list(dict.fromkeys(taken.activities)) if taken else []
    return _form(request, log, None, start)


@permission_required(CHANGE, raise_exception=True)
def edit_path(request: HttpRequest, pk: int, path_pk: int) -> HttpResponse:
    log = get_object_or_404(EventLog, pk=pk)
    return _form(request, log, get_object_or_404(ModelPath, pk=path_pk, log=log), [])


def _form(
    request: HttpRequest, log: EventLog, path: ModelPath | None, start: list[int]
) -> HttpResponse:
    form = PathForm(request.POST or None, log=log, path=path, start=start)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                return redirect(form_once(request, lambda: _keep(request, log, path, form)))
            except paths.BadPath as refusal:
                form.add_error(None, str(refusal))
            except paths.PathNameTaken as refusal:
                form.add_error("name", str(refusal))
    context = {"form": form, "log": log, "path": path}
    return TemplateResponse(request, "process/path.html", context, status=status)


def _keep(request: HttpRequest, log: EventLog, path: ModelPath | None, form: PathForm) -> str:
    row = paths.save(
        log, path, name=form.cleaned_data["name"], activities=form.activities,
        optional=form.optional, by=me(request), at=timezone.now(),
    )  # fmt: skip
    return f"{reverse('process:conformance', args=[log.pk])}?path={row.pk}"


@require_POST
@permission_required(CHANGE, raise_exception=True)
def remove_path(request: HttpRequest, pk: int, path_pk: int) -> HttpResponse:
    path = get_object_or_404(ModelPath, pk=path_pk, log=pk)
    paths.remove(path, by=me(request), at=timezone.now())
    messages.success(request, f"The path “{path.name}” is removed.")
    return redirect("process:conformance", pk)
