"""Settings of the records: pipelines with their stages, reasons, territories, own fields."""

from http import HTTPStatus
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm import forms_setup
from crm.models import ENTRY_RULES, CustomField, LostReason, Pipeline, Stage, Territory
from crm.queries.tables import key_of
from crm.services import setup
from journal.idempotency import form_once
from people.doors import me
from people.setup import Table, Tables, Unusable, keep, remove

TABLES: Final = {
    "custom-fields": Table(
        "Own fields", "field", "Fields that your company adds to accounts, contacts, leads and deals.",
        CustomField, forms_setup.CustomFieldForm,
        (("Field", "label"), ("Records", "kind"), ("Key", "key"), ("Type", "type"),
         ("Must be filled in", "is_required"), ("In use", "is_active")), "crm.change_customfield",
    ),
    "territories": Table(
        "Territories", "territory", "Parts of the market. What is in a closed one is seen by its "
        "teams, the owners and the desk.", Territory, forms_setup.TerritoryForm,
        (("Territory", "name"), ("Closed", "is_closed")), "crm.change_territory",
    ),
    "lost-reasons": Table(
        "Lost reasons", "reason", "Why deals are lost; asked of everyone who loses one.",
        LostReason, forms_setup.ReasonForm,
        (("Reason", "name"), ("Place", "position"), ("In use", "is_active")), "crm.change_pipeline",
    ),
    "pipelines": Table(
        "Pipelines", "pipeline", "Ways that deals go; a team may have its own.", Pipeline,
        forms_setup.PipelineForm,
        (("Pipeline", "name"), ("Whose", "team__name"), ("Place", "position"), ("In use", "is_active")),
        "crm.change_pipeline",
    ),
}  # fmt: skip
SET_UP: Final = Tables("crm", TABLES, permission="crm.change_pipeline", home="settings")
may_set_up = permission_required("crm.change_pipeline", raise_exception=True)


@require_safe
@may_set_up
def settings(request: HttpRequest) -> HttpResponse:
    """The pipelines, and the way to the tables."""
    pipelines = Pipeline.objects.prefetch_related("stages").order_by("position", "pk")
    context = {"pipelines": pipelines, "tables": TABLES}
    return TemplateResponse(request, "crm/settings.html", context)


@require_safe
@may_set_up
def pipeline(request: HttpRequest, pk: int) -> HttpResponse:
    """The stages of a pipeline, in their order."""
    row = get_object_or_404(Pipeline.objects.select_related("team"), pk=pk)
    stages = list(row.stages.order_by("position", "pk"))
    rows = [
        (stage, stages[n - 1] if n else None, stages[n + 2] if n + 2 < len(stages) else None,
         n + 1 < len(stages), [ENTRY_RULES.get(name, name) for name in stage.requires])
        for n, stage in enumerate(stages)
    ]  # fmt: skip
    return TemplateResponse(request, "crm/pipeline.html", {"pipeline": row, "rows": rows})


@may_set_up
def new_stage(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Pipeline, pk=pk)
    form = forms_setup.StageForm(request.POST or None)
    back = reverse("crm:pipeline", args=[pk])

    def effect() -> str:
        stage = form.save(commit=False)
        setup.add_stage(row, by=me(request), at=timezone.now(), stage=stage)
        return back

    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                return redirect(form_once(request, effect))
        except IntegrityError:
            form.add_error("name", "This pipeline has a stage of this name already.")
    return _form(request, form, f"New stage of {row.name}", back)


@may_set_up
def edit_stage(request: HttpRequest, pk: int) -> HttpResponse:
    stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    form = forms_setup.StageForm(request.POST or None, instance=stage)
    back = reverse("crm:pipeline", args=[stage.pipeline_id])
    if request.method == "POST" and form.is_valid():
        try:
            keep(form, prefix="crm", by=me(request), at=timezone.now())
            return redirect(back)
        except Unusable:
            form.add_error("name", "This pipeline has a stage of this name already.")
    return _form(request, form, f"Stage {stage.name}", back)


@require_POST
@may_set_up
def place_stage(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a stage in front of another one: by a button, or where it was dragged."""
    stage = get_object_or_404(Stage, pk=pk)
    key = key_of(request.POST.get("before", ""))
    before = Stage.objects.filter(pipeline=stage.pipeline_id, pk=key).first() if key else None
    setup.place_stage(stage, before, by=me(request), at=timezone.now())
    return redirect("crm:pipeline", stage.pipeline_id)


@require_POST
@may_set_up
def remove_stage(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a stage away; one that deals stand or stood in stays."""
    stage = get_object_or_404(Stage, pk=pk)
    try:
        remove(stage, prefix="crm", by=me(request), at=timezone.now())
        messages.success(request, f"The stage “{stage.name}” is gone.")
    except Unusable:
        messages.error(request, f"Deals stand in “{stage.name}” or stood there, so it stays.")
    return redirect("crm:pipeline", stage.pipeline_id)


def _form(request: HttpRequest, form: forms_setup.StageForm, title: str, back: str) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "title": title, "back": back}
    return TemplateResponse(request, "crm/form.html", context, status=status)
