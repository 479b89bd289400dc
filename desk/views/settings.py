"""Desk settings: request types, promises, answers, assignment, the radar; all in the browser."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from comms import services as comms
from desk import forms_setup, services
from desk.models import (
    Assignment,
    CannedAnswer,
    RadarWeight,
    RequestType,
    SlaPolicy,
    SlaRule,
    Worker,
)
from desk.queries.preview import preview
from desk.queries.radar import KINDS
from desk.services import keeping
from kit import prefill
from people.doors import me
from people.setup import Table, Tables

PERMISSION: Final = "desk.change_requesttype"
may_set_up = permission_required(PERMISSION, raise_exception=True)
MOST_POINTS: Final = 1000
MOST_NAMED: Final = 40
# What an address may fill in of a type, besides ticks at its fields.
PREFILLED: Final = {name: forms_setup.TypeForm.base_fields[name] for name in ("team", "policy")}
DIGITS: Final = re.compile(r"[0-9]{1,5}\Z")

TABLES: Final[Mapping[str, Table]] = {
    "promises": Table(
        "Promises", "promise", "How fast we answer and finish, in working hours.", SlaPolicy,
        forms_setup.PolicyForm, (("Name", "name"), ("Answer, s", "response_seconds"),
                                 ("Done, s", "resolution_seconds")), PERMISSION,
    ),
    "promise-rules": Table(
        "Rules of promises", "rule", "Another promise for some types, priorities, account tiers or "
        "teams; the first rule that fits counts, else the type's own promise.", SlaRule,
        forms_setup.RuleForm,
        (("Promise", "policy__name"), ("Position", "position"), ("Type", "type__name"),
         ("Priority", "priority"), ("Tier", "tier"), ("Team", "team__name"), ("In use", "is_active")),
        PERMISSION,
    ),
    "answers": Table(
        "Canned answers", "answer", "Words that are written again and again, with variables.",
        CannedAnswer, forms_setup.CannedForm,
        (("Title", "title"), ("Type", "type__name"), ("Owner", "owner__name"), ("Version", "version"),
         ("Offered", "is_active")), PERMISSION, comms.keep_words,
    ),
    "assignment": Table(
        "Assignment", "team", "Whether new requests wait to be taken or go to somebody in turn.",
        Assignment, forms_setup.AssignmentForm,
        (("Team", "team__name"), ("How", "mode"), ("Knows the account", "sticky"),
         ("Only who is here", "only_present"), ("Most open", "capacity")), PERMISSION,
    ),
    "coordinators": Table(
        "Coordinators", "coordinator", "Who gets which types, and how many at once.", Worker,
        forms_setup.WorkerForm,
        (("Coordinator", "user__name"), ("Gets new ones", "takes"), ("Most open", "capacity")),
        PERMISSION,
    ),
}  # fmt: skip
SET_UP: Final = Tables("desk", TABLES, permission=PERMISSION, home="settings")


@require_safe
@may_set_up
def settings(request: HttpRequest) -> HttpResponse:
    """Request types, and the way to everything else."""
    kinds = RequestType.objects.select_related("policy", "team").order_by("position", "pk")
    context = {"kinds": kinds, "tables": TABLES}
    return TemplateResponse(request, "desk/settings.html", context)


@may_set_up
def new_type(request: HttpRequest) -> HttpResponse:
    return _type_page(request, RequestType())


@may_set_up
def edit_type(request: HttpRequest, slug: str) -> HttpResponse:
    return _type_page(request, get_object_or_404(RequestType, slug=slug))


def _type_page(request: HttpRequest, kind: RequestType) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    given = prefill.prefilled(PREFILLED, request.GET)
    start = {"checklist": "\n".join(kind.checklist), "version": kind.version, **given}
    form = forms_setup.TypeForm(typed, instance=kind, initial=start)
    specs, ticked = _ticked(kind, request.GET)
    fields = forms_setup.FieldSet(
        typed, prefix="field", initial=[forms_setup.as_typed(spec) for spec in specs]
    )
    status, changed = 200, ""
    if typed is not None:
        status = 422
        sound = form.is_valid() and fields.is_valid()
        if sound and "more" not in typed:
            try:
                return _save_type(request, kind, form, fields)
            except services.BadForm as wrong:
                _refuse(form, fields, wrong.problems)
            except services.ChangedMeanwhile as words:
                status, changed = 409, str(words)
                newest = typed.copy()
                newest["version"] = str(RequestType.objects.get(pk=kind.pk).version)
                form.data = newest
    context = {"form": form, "fields": fields, "kind": kind, "changed": changed,
               "prefilled": [*prefill.labels(form, given), *ticked],
               "versions": kind.versions.order_by("-version")[:20] if kind.pk else []}  # fmt: skip
    return TemplateResponse(request, "desk/type.html", context, status=status)


def _ticked(kind: RequestType, query: QueryDict) -> tuple[list[dict[str, Any]], list[str]]:
    """The fields of a form as an address wants them: ?require=po_number ticks “must be filled in”,
    ?optional=po_number takes the tick away; and what was changed by it, in words."""
    wanted = dict.fromkeys(query.getlist("optional")[:MOST_NAMED], False)
    wanted |= dict.fromkeys(query.getlist("require")[:MOST_NAMED], True)
    specs, words = [], []
    for spec in kind.form:
        must = wanted.get(spec["name"], spec.get("required", False))
        if must != spec.get("required", False):
            words.append(f"{spec['label']}, {'must be filled in' if must else 'may be left empty'}")
        specs.append({**spec, "required": must})
    return specs, words


def _save_type(request: HttpRequest, kind: RequestType, form: Any, fields: Any) -> HttpResponse:
    said = form.cleaned_data
    specs = [row.spec() for row in fields if row.cleaned_data.get("label")]
    names = (
        "name",
        "slug",
        "description",
        "icon",
        "creates",
        "policy",
        "team",
        "position",
        "is_active",
    )
    fresh = RequestType.objects.get(pk=kind.pk) if kind.pk else RequestType()
    saved = services.save_type(
        fresh, by=me(request), at=timezone.now(), version=said["version"] if kind.pk else None,
        form=specs, checklist=said["checklist"], **{name: said[name] for name in names},
    )  # fmt: skip
    messages.success(request, f"“{saved}” is saved; requests from now on have this form.")
    return redirect("desk:settings")


def _refuse(form: Any, fields: Any, problems: dict[str, str]) -> None:
    """Put the service's words beside the rows that they speak of."""
    rows = [row for row in fields if row.cleaned_data.get("label")]
    for place, words in problems.items():
        kind, _, at = place.partition("-")
        if kind == "field" and at.isdecimal() and int(at) < len(rows):
            rows[int(at)].add_error("label", words)
        else:
            form.add_error("checklist" if place == "checklist" else None, words)


@may_set_up
def radar(request: HttpRequest) -> HttpResponse:
    """How loud each kind of the radar is."""
    known = {row.kind: row for row in RadarWeight.objects.all()}
    rows = []
    for code, kind in KINDS.items():
        own = known.get(code) or RadarWeight(kind=code, points=kind.points, per_hour=kind.per_hour)
        rows.append((code, kind, own))
    if request.method == "POST":
        wanted = {code: _weight(request, code, own) for code, _, own in rows}
        keeping.tune(wanted, by=me(request), at=timezone.now())
        messages.success(request, "The radar ranks that way from now on.")
        return redirect("desk:radar")
    return TemplateResponse(request, "desk/radar.html", {"rows": rows})


def _weight(request: HttpRequest, code: str, own: RadarWeight) -> tuple[int, int, bool]:
    """What was typed for a kind; what is no number stays as it was."""

    def typed(name: str, known: int) -> int:
        text = request.POST.get(f"{name}-{code}", "").strip()
        return min(int(text), MOST_POINTS) if DIGITS.match(text) else known

    return typed("points", own.points), typed("hour", own.per_hour), f"on-{code}" in request.POST


@require_safe
@may_set_up
def rules_preview(request: HttpRequest) -> HttpResponse:
    """What the rules as they are would have promised for last month's requests."""
    now = timezone.now()
    context = {"rows": preview(now - timedelta(days=30), now), "since": now - timedelta(days=30)}
    return TemplateResponse(request, "desk/preview.html", context)
