"""What was done about customers: one entry, its words put right, and whom a new one is about."""

from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm import services
from crm.forms_business import ActivityForm, ActivityTextForm, WhomForm
from crm.models import Account, Activity
from crm.queries.records import seen_by
from crm.queries.tables import key_of
from crm.views.timeline import PAGES, Record, account_of
from people.doors import me

MOST_PARTICULAR: Final = ("deal", "contact", "lead", "account")
SHOWN: Final = ("account", "contact", "deal", "lead", "by")


@require_safe
@permission_required("crm.view_activity", raise_exception=True)
def activity(request: HttpRequest, pk: int) -> HttpResponse:
    """All that was written down, for whoever may read it."""
    row = _row(request, pk)
    return _page(request, row, ActivityTextForm(initial={"text": row.text}, row=row))


@require_POST
@permission_required("crm.add_activity", raise_exception=True)
def edit_activity(request: HttpRequest, pk: int) -> HttpResponse:
    """Other words for what one wrote oneself."""
    row = _row(request, pk)
    form = ActivityTextForm(request.POST, row=row)
    if form.is_valid():
        try:
            services.change_activity(row, by=me(request), at=timezone.now(), **form.cleaned_data)
            messages.success(request, "The words are put right.")
            return redirect("crm:activity", row.pk)
        except services.BadRecord as refused:
            for name, words in refused.problems.items():
                form.add_error(name, words)
    return _page(request, row, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _row(request: HttpRequest, pk: int) -> Activity:
    rows = Activity.objects.visible_to(me(request)).select_related(*SHOWN)
    row: Activity = get_object_or_404(rows, pk=pk)
    return row


def _page(
    request: HttpRequest, row: Activity, form: ActivityTextForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    user = me(request)
    mine = row.by_id == user.pk and user.has_perm("crm.add_activity")
    context = {"row": row, "about": row.account or row.lead, "form": form, "mine": mine}
    return TemplateResponse(request, "crm/activity.html", context, status=status)


@require_safe
@permission_required("crm.add_activity", raise_exception=True)
def new_activity(request: HttpRequest) -> HttpResponse:
    """The form for a call with the record that the address names; else whom it is about."""
    kind, row = _named(request)
    if row is not None:
        back = reverse(PAGES[kind], args=[row.pk])
        form = ActivityForm(account=account_of(row))
        context: dict[str, Any] = {"row": row, "kind": kind, "form": form, "back": back}
        return TemplateResponse(request, "crm/log.html", context | {"is_new": True})
    whom = WhomForm(request.GET or None, user=me(request))
    status = HTTPStatus.OK
    if whom.is_bound:
        if whom.is_valid():
            found: Account = whom.cleaned_data["account"]
            return redirect(f"{reverse('crm:new_activity')}?account={found.pk}")
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return TemplateResponse(request, "crm/log_whom.html", {"form": whom}, status=status)


def _named(request: HttpRequest) -> tuple[str, Record | None]:
    """(kind, record) that the address names by its key, the most particular one."""
    for kind in MOST_PARTICULAR:
        key = key_of(request.GET.get(kind, ""))
        rows = None if key is None else seen_by(me(request), kind)
        row: Record | None = None if rows is None else rows.filter(pk=key).first()
        if row is not None:
            return kind, row
    return "", None
