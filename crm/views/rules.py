"""Validation rules: made in the browser, tried out before they hold."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.forms_quality import RuleForm
from crm.models import RecordKind, ValidationRule
from crm.records_seen import WORDS, page_of
from crm.services import BadRecord, validation, validation_trial
from journal.idempotency import form_once
from people.doors import me

CHANGE: Final = "crm.change_validationrule"


@require_safe
@permission_required(CHANGE, raise_exception=True)
def rules(request: HttpRequest) -> HttpResponse:
    rows = list(ValidationRule.objects.order_by("kind", "field", "pk")[:500])
    labels = {kind: validation.fields_of(kind) for kind in {row.kind for row in rows}}
    lines = [(row, labels[row.kind].get(row.field, row.field)) for row in rows]
    return TemplateResponse(request, "crm/rules.html", {"lines": lines, "kinds": WORDS.items()})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(CHANGE, raise_exception=True)
def new_rule(request: HttpRequest) -> HttpResponse:
    return _rule(request, ValidationRule(kind=_kind(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(CHANGE, raise_exception=True)
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    return _rule(request, get_object_or_404(ValidationRule, pk=pk))


def _kind(request: HttpRequest) -> str:
    given = request.POST.get("kind") or request.GET.get("kind", "")
    return given if given in RecordKind.values else RecordKind.ACCOUNT.value


def _rule(request: HttpRequest, row: ValidationRule) -> HttpResponse:
    """The form of a rule; "try" counts what it would refuse and saves nothing."""
    kind = row.kind
    form = RuleForm(request.POST or None, instance=row, kind=kind)
    if request.method != "POST":
        return _page(request, form, row)
    if not form.is_valid():
        return _page(request, form, row, status=422)
    row = form.instance
    row.kind = kind
    try:
        validation.check_rule(row)
    except BadRecord as refusal:
        return _refused(request, form, row, refusal)
    if request.POST.get("do") == "try":
        trial = validation_trial.try_out(row, by=me(request), on=timezone.localdate())
        shown = [(one["name"], page_of(kind, one["pk"])) for one in trial.examples]
        return _page(request, form, row, trial=trial, examples=shown)

    def effect() -> str:
        validation.save_rule(row, by=me(request), at=timezone.now())
        return reverse("crm:rules")

    target = form_once(request, effect)
    messages.success(request, "Saved." if row.is_active else "Saved. It is not in force.")
    return redirect(target)


def _refused(
    request: HttpRequest, form: RuleForm, row: ValidationRule, refusal: BadRecord
) -> HttpResponse:
    for name, words in refusal.problems.items():
        form.add_error(name if name in form.fields else None, words)
    return _page(request, form, row, status=422)


def _page(
    request: HttpRequest, form: RuleForm, row: ValidationRule, *, status: int = 200, **extra: Any
) -> HttpResponse:
    saved = ValidationRule.objects.filter(pk=row.pk).first() if row.pk else None
    context = {"form": form, "row": saved, "kind_words": WORDS[row.kind], **extra}
    return TemplateResponse(request, "crm/rule.html", context, status=status)


@require_POST
@permission_required(CHANGE, raise_exception=True)
def remove_rule(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(ValidationRule, pk=pk)
    validation.remove_rule(row, by=me(request), at=timezone.now())
    messages.success(request, "Removed.")
    return redirect("crm:rules")
