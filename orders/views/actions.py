"""What people do to an order from its page: each a form, each one service call."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from journal.idempotency import form_once
from orders import services
from orders.forms import ChangeLineForm, HoldForm, LineForm, ReasonForm, ReportForm
from orders.models import IllegalMove, Order, QuoteMoveRefused
from orders.views.orders import found, order_response
from people.doors import me

WORKLIST = "/orders/worklist/"
CONFLICTS = (services.Conflicting, IllegalMove, QuoteMoveRefused)
change = permission_required("orders.change_order", raise_exception=True)


def answer(
    request: HttpRequest, row: Order, effect: Callable[[], object], done: str = "", about: str = ""
) -> HttpResponse:
    """Do it once and go back to the order; a refusal shows the page with its reason."""
    back = f"/orders/{row.pk}/"

    def once() -> str:
        effect()
        return back

    try:
        form_once(request, once)
    except CONFLICTS as refusal:
        return _refused(request, row.pk, str(refusal), about, 409)
    except services.Unusable as refusal:
        return _refused(request, row.pk, str(refusal), about, 422)
    if done:
        messages.success(request, done)
    return redirect(WORKLIST if request.POST.get("next") == WORKLIST else back)


def _refused(request: HttpRequest, pk: int, words: str, about: str, status: int) -> HttpResponse:
    return order_response(request, found(request, pk), problem=words, about=about, status=status)


def _invalid(request: HttpRequest, row: Order, form: forms.Form, about: str) -> HttpResponse:
    return order_response(request, row, form=form, about=about, status=422)


@require_POST
@change
def check(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    return answer(request, row, lambda: services.check(row, by=me(request), at=timezone.now()))


@require_POST
@change
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    return answer(
        request,
        row,
        lambda: services.confirm(row, by=me(request), at=timezone.now()),
        f"{row.number} is confirmed and its stock reserved.",
    )


@require_POST
@change
def ship(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    return answer(
        request,
        row,
        lambda: services.ship(row, by=me(request), at=timezone.now()),
        f"{row.number} is shipped.",
    )


@require_POST
@change
def deliver(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    return answer(
        request,
        row,
        lambda: services.deliver(row, by=me(request), at=timezone.now()),
        f"{row.number} is delivered.",
    )


@require_POST
@change
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = found(request, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _invalid(request, row, form, "cancel")
    reason = form.cleaned_data["reason"]
    return answer(
        request,
        row,
        lambda: services.cancel(row, reason, by=me(request), at=timezone.now()),
        f"{row.number} is cancelled and its stock released.",
    )


@require_POST
@change
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = found(request, pk), HoldForm(request.POST)
    if not form.is_valid():
        return _invalid(request, row, form, "hold")
    data = form.cleaned_data
    return answer(
        request,
        row,
        lambda: services.hold(row, by=me(request), at=timezone.now(), **data),
        f"{row.number} is on hold.",
    )


@require_POST
@change
def release(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    return answer(
        request,
        row,
        lambda: services.release(row, by=me(request), at=timezone.now()),
        f"{row.number} goes on.",
    )


@require_POST
@change
def report(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = found(request, pk), ReportForm(request.POST)
    if not form.is_valid():
        return _invalid(request, row, form, "report")
    data = form.cleaned_data
    return answer(
        request,
        row,
        lambda: services.report_issue(row, by=me(request), at=timezone.now(), **data),
        "The error is written down.",
    )


@require_POST
@change
def add_line(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = found(request, pk), LineForm(request.POST)
    if not form.is_valid():
        return _invalid(request, row, form, "add")
    sku, quantity = form.cleaned_data["sku"], form.cleaned_data["quantity"]
    return answer(
        request,
        row,
        lambda: services.add_line(
            row, product=sku, quantity=quantity, by=me(request), at=timezone.now()
        ),
        about="add",
    )


@require_POST
@change
def change_line(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    row, form = found(request, pk), ChangeLineForm(request.POST)
    changed = get_object_or_404(row.lines.select_related("order"), pk=line)
    if not form.is_valid():
        return _invalid(request, row, form, f"line-{line}")
    data = form.cleaned_data
    return answer(
        request,
        row,
        lambda: services.change_line(changed, by=me(request), at=timezone.now(), **data),
    )


@require_POST
@change
def remove_line(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    row = found(request, pk)
    gone = get_object_or_404(row.lines.select_related("order"), pk=line)
    return answer(
        request, row, lambda: services.remove_line(gone, by=me(request), at=timezone.now())
    )


@require_POST
@change
def fix(request: HttpRequest, pk: int, issue: int) -> HttpResponse:
    row = found(request, pk)
    problem = get_object_or_404(row.issues.select_related("order", "line"), pk=issue)
    code = request.POST.get("fix", "")[:30]
    return answer(
        request,
        row,
        lambda: services.apply_fix(problem, code, by=me(request), at=timezone.now()),
    )


@require_POST
@permission_required("orders.override_check", raise_exception=True)
def override(request: HttpRequest, pk: int, issue: int) -> HttpResponse:
    row, form = found(request, pk), ReasonForm(request.POST)
    problem = get_object_or_404(row.issues.select_related("order"), pk=issue)
    if not form.is_valid():
        return _invalid(request, row, form, f"override-{issue}")
    reason = form.cleaned_data["reason"]
    return answer(
        request,
        row,
        lambda: services.override(problem, reason=reason, by=me(request), at=timezone.now()),
    )
