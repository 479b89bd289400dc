"""Deliveries: what left, what failed, what nobody can say."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from comms import deliveries as sending
from comms.models import Delivery
from kit.pages import keyset_page
from people.doors import me


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=300)


@require_safe
@permission_required("comms.view_delivery", raise_exception=True)
def deliveries(request: HttpRequest) -> HttpResponse:
    """Newest first, by status; failed and unknown ones can be sent again with a reason."""
    status = request.GET.get("status", "")
    rows = Delivery.objects.all()
    if status in Delivery.Status.values:
        rows = rows.filter(status=status)
    found = rows.values(
        "pk", "recipient", "recipient_name", "subject", "status", "due_at", "sent_at", "problem"
    )
    page = keyset_page(found, keys=("-pk",), after=request.GET.get("after", ""))
    context = {"page": page, "status": status, "statuses": Delivery.Status.choices}
    return TemplateResponse(request, "comms/deliveries.html", context)


@require_safe
@permission_required("comms.view_delivery", raise_exception=True)
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail as it was written. What was written to a colleague only she reads: it may hold a
    link by which she decides without signing in."""
    row = get_object_or_404(Delivery, pk=pk)
    mine = row.user_id == me(request).pk
    context = {"row": row, "readable": mine or (row.user_id is None and not row.private)}
    return TemplateResponse(request, "comms/delivery.html", context)


@require_POST
@permission_required("desk.work_queue", raise_exception=True)
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """A person decided that it did not arrive."""
    row, form = get_object_or_404(Delivery, pk=pk), ReasonForm(request.POST)
    try:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        sending.send_again(row, reason=reason, by=me(request), at=timezone.now())
        messages.success(request, "It is sent again.")
    except sending.NotResendable as refusal:
        messages.error(request, str(refusal))
    return redirect("comms:delivery", pk)
