"""Addresses that get no mail: the list, one more by hand, one lifted with a reason."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from comms import services
from comms.forms import ReasonForm, SuppressForm
from comms.models import Suppression
from journal.idempotency import form_once
from kit.pages import keyset_page
from people.doors import me

LIFTS = "comms.change_suppression"
COLUMNS = ("pk", "address", "reason", "why", "since", "set_by__name", "delivery", "lifted_at",
           "lifted_by__name", "lifted_why")  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("comms.view_delivery", raise_exception=True)
def suppressions(request: HttpRequest) -> HttpResponse:
    """Newest first; a post stops one more."""
    if request.method != "POST":
        return _list(request, SuppressForm())
    if not request.user.has_perm(LIFTS):
        raise PermissionDenied
    form = SuppressForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def effect() -> str:
        services.suppress(
            form.cleaned_data["address"], reason=Suppression.Reason.PERSON,
            why=form.cleaned_data["why"], by=me(request), at=timezone.now(),
        )  # fmt: skip
        return reverse("comms:suppressions")

    target = form_once(request, effect)
    messages.success(request, f"No mail goes to {form.cleaned_data['address']} any more.")
    return redirect(target)


def _list(
    request: HttpRequest, form: SuppressForm, *, status: int = HTTPStatus.OK, **extra: Any
) -> HttpResponse:
    lifted = request.GET.get("lifted") == "1"
    address = request.GET.get("address", "").replace("\0", "").strip()[:254]
    rows = Suppression.objects.filter(lifted_at__isnull=not lifted)
    if address:
        rows = rows.filter(address__icontains=address)
    page = keyset_page(rows.values(*COLUMNS), keys=("-pk",), after=request.GET.get("after", ""))
    words = dict(Suppression.Reason.choices)
    for row in page.rows:
        row["words"] = words[row["reason"]]
    context = {
        "page": page, "form": form, "lifted": lifted, "address": address,
        "may_lift": request.user.has_perm(LIFTS), **extra,
    }  # fmt: skip
    return TemplateResponse(request, "comms/suppressions.html", context, status=status)


@require_POST
@permission_required(LIFTS, raise_exception=True)
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """It may get mail again, for a reason."""
    row, form = get_object_or_404(Suppression, pk=pk), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        services.lift(row, reason=reason, by=me(request), at=timezone.now())
    except services.NotLiftable as refusal:
        status = HTTPStatus.CONFLICT if row.lifted_at else HTTPStatus.UNPROCESSABLE_ENTITY
        return _list(request, SuppressForm(), status=status, problem=str(refusal), refused_pk=pk)
    messages.success(request, f"{row.address} may get mail again.")
    return redirect("comms:suppressions")
