"""A new request: choose its type, fill in its form; then follow one's own."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.models import Account
from desk import services
from desk.forms import RequestForm
from desk.models import RequestType, SalesRequest
from desk.services import promises
from journal.idempotency import form_once
from kit.pages import keyset_page
from people.doors import me


@require_safe
@permission_required("desk.add_salesrequest", raise_exception=True)
def choose(request: HttpRequest) -> HttpResponse:
    """What do you need?"""
    kinds = (
        RequestType.objects.filter(is_active=True)
        .select_related("policy")
        .order_by("position", "pk")
    )
    return TemplateResponse(request, "desk/choose.html", {"kinds": kinds})


@permission_required("desk.add_salesrequest", raise_exception=True)
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """The typed form, with the promise beside it."""
    kinds = RequestType.objects.select_related("policy", "team__calendar")
    kind = get_object_or_404(kinds, slug=slug, is_active=True)
    typed = request.POST if request.method == "POST" else None
    form = RequestForm(kind, typed, initial=_start(request))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(form_once(request, lambda: _submit(request, kind, form)))
        except services.BadAnswers as refusal:
            form.refuse(refusal.problems)
    _, due_at = promises.due(kind, 3, timezone.now())
    context = {"form": form, "kind": kind, "due_at": due_at}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "desk/new.html", context, status=status)


def _start(request: HttpRequest) -> dict[str, Any]:
    key = request.GET.get("account", "")
    if not (key.isascii() and key.isdecimal()):
        return {}
    account = Account.objects.active().filter(pk=int(key[:18])).first()
    return {"account": account.name} if account else {}


def _submit(request: HttpRequest, kind: RequestType, form: RequestForm) -> str:
    said, user = form.cleaned_data, me(request)
    account = said["account"]
    row = services.submit(
        kind, subject=said["subject"], account=account, requester=user, data=form.answers(),
        priority=said["priority"], wanted_on=said["wanted_on"], by=user, at=timezone.now(),
        contact=account.contacts.active().order_by("pk").first() if account else None,
    )  # fmt: skip
    messages.success(request, f"{row.ref} is with the desk.")
    return f"/requests/{row.pk}/"


@require_safe
@permission_required("desk.add_salesrequest", raise_exception=True)
def mine(request: HttpRequest) -> HttpResponse:
    """One's own requests, newest first: whose turn, and the promise."""
    rows = SalesRequest.objects.filter(requester=me(request)).values(
        "pk", "subject", "status", "outcome", "party", "due_at", "left_seconds", "submitted_at",
        "account__name", "holder__name", "type__icon", "party_user__name", "party_department__name",
    )  # fmt: skip
    page = keyset_page(rows, keys=("-pk",), after=request.GET.get("after", ""))
    return TemplateResponse(request, "desk/mine.html", {"page": page, "now": timezone.now()})
