"""Leads: one page each, and what becomes of them."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm import services
from crm.forms_business import ConvertForm, DropForm, LeadForm
from crm.models import Account, Lead, LeadStatus
from crm.services import BadRecord, IllegalLeadMove
from crm.views.accounts import filled
from crm.views.deals import first_stage
from crm.views.timeline import quick_log
from people.doors import me


def seen(request: HttpRequest, pk: int) -> Lead:
    rows = Lead.objects.visible_to(me(request))
    return get_object_or_404(rows.select_related("owner", "account", "contact", "deal"), pk=pk)


@require_safe
@permission_required("crm.view_lead", raise_exception=True)
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Who it is, and what can become of it."""
    return _page(request, seen(request, pk))


def _page(
    request: HttpRequest, row: Lead, *, status: int = HTTPStatus.OK, problem: str = "", **more: Any
) -> HttpResponse:
    known = {"account": row.company} if _known(request, row) else {}
    context = {
        "row": row, "problem": problem, "log": quick_log("lead", row, row.account),
        "convert_form": ConvertForm(initial=known), "drop_form": DropForm(),
        "known": bool(known),
    } | more  # fmt: skip
    return TemplateResponse(request, "crm/lead.html", context, status=status)


def _known(request: HttpRequest, row: Lead) -> bool:
    """Whether we have an account of exactly this name."""
    if not row.company:
        return False
    rows = Account.objects.visible_to(me(request)).active()
    return rows.filter(name__iexact=row.company).exists()


@permission_required("crm.add_lead", raise_exception=True)
def new_lead(request: HttpRequest) -> HttpResponse:
    user = me(request)
    form = LeadForm(request.POST or None, user=user, initial={"owner": user.pk})

    def effect() -> str:
        made = services.add_lead(by=user, at=timezone.now(), **form.said())
        return reverse("crm:lead", args=[made.pk])

    return filled(request, form, effect, "New lead", reverse("crm:leads"))


@permission_required("crm.change_lead", raise_exception=True)
def edit_lead(request: HttpRequest, pk: int) -> HttpResponse:
    row = seen(request, pk)
    form = LeadForm(request.POST or None, instance=row, user=me(request))
    back, name = reverse("crm:lead", args=[pk]), row.name

    def effect() -> str:
        kept = Lead.objects.get(pk=pk)
        services.change_lead(kept, by=me(request), at=timezone.now(), **form.said())
        messages.success(request, f"{kept.name} saved.")
        return back

    return filled(request, form, effect, f"Edit {name}", back)


@require_POST
@permission_required("crm.change_lead", raise_exception=True)
def work_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin to work on a lead, or take a dropped one up again."""
    row = seen(request, pk)
    try:
        services.move_lead(row, LeadStatus.WORKING, by=me(request), at=timezone.now())
    except IllegalLeadMove as refused:
        return _page(request, seen(request, pk), status=HTTPStatus.CONFLICT, problem=str(refused))
    return redirect("crm:lead", pk)


@require_POST
@permission_required("crm.change_lead", raise_exception=True)
def drop_lead(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = seen(request, pk), DropForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=HTTPStatus.UNPROCESSABLE_ENTITY, drop_form=form)
    try:
        services.move_lead(
            row, LeadStatus.DROPPED, by=me(request), at=timezone.now(),
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
    except (IllegalLeadMove, BadRecord) as refused:
        return _page(request, seen(request, pk), status=HTTPStatus.CONFLICT, problem=str(refused))
    return redirect("crm:lead", pk)


@require_POST
@permission_required("crm.change_lead", raise_exception=True)
def convert_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a customer of a lead."""
    row, form = seen(request, pk), ConvertForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=HTTPStatus.UNPROCESSABLE_ENTITY, convert_form=form)
    said = form.cleaned_data
    try:
        done = services.convert(
            row, by=me(request), at=timezone.now(), account=said["account"], contact=None,
            deal_name=said["deal_name"], stage=first_stage(), amount=said["amount"],
        )  # fmt: skip
    except (IllegalLeadMove, BadRecord) as refused:
        return _page(request, seen(request, pk), status=HTTPStatus.CONFLICT, problem=str(refused))
    messages.success(request, f"{done.name} is a contact of {done.account} now.")
    return redirect("crm:deal", done.deal_id) if done.deal_id else redirect(
        "crm:account", done.account_id
    )  # fmt: skip
