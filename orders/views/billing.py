"""Invoices: asked for by the desk, issued and settled by finance."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from journal.models import Entry
from kit.pages import keyset_page
from orders import services
from orders.forms_fulfilment import CreditForm, PaidForm, quantities
from orders.models import IllegalMove, Invoice, Order
from orders.queries.billing import may_settle
from orders.queries.prices import portal_day
from orders.views.orders import found
from people.doors import me

REFUSALS = (services.Conflicting, services.Unusable, IllegalMove)
view = permission_required("orders.view_invoice", raise_exception=True)
STATES = ("requested", "open", "overdue", "paid", "credited")


@require_safe
@view
def invoices(request: HttpRequest) -> HttpResponse:
    """Newest first; what is asked for, open, overdue, paid."""
    state = request.GET.get("state", "")
    today = portal_day(timezone.now())
    rows = Invoice.objects.filter(order__in=Order.objects.visible_to(me(request)))
    if state == "overdue":
        rows = rows.filter(status="issued", kind="invoice", due_on__lt=today)
    elif state == "open":
        rows = rows.filter(status="issued")
    elif state in STATES:
        rows = rows.filter(status=state)
    shown = rows.values(
        "pk", "number", "kind", "status", "gross", "currency", "due_on", "requested_at",
        "account__name", "order__number",
    )  # fmt: skip
    page = keyset_page(shown, keys=("-requested_at", "pk"), after=request.GET.get("after", ""))
    context = {"page": page, "state": state, "states": STATES, "today": today}
    return TemplateResponse(request, "orders/invoices.html", context)


@require_safe
@view
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk))


@require_POST
@permission_required("orders.add_invoice", raise_exception=True)
def request_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask finance to invoice what left the house."""
    row = found(request, pk)

    def effect() -> str:
        made = services.invoices.request(row, by=me(request), at=timezone.now())
        return reverse("orders:invoice", args=[made.pk])

    try:
        return redirect(form_once(request, effect))
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect("orders:order", pk)


@require_POST
@permission_required("orders.change_invoice", raise_exception=True)
def settle_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue it, write down that it was paid, or credit it."""
    row, by, at = _found(request, pk), me(request), timezone.now()
    if not may_settle(by):
        raise PermissionDenied
    do = request.POST.get("do", "")
    paid, credited = PaidForm(request.POST), CreditForm(request.POST)
    if (do == "pay" and not paid.is_valid()) or (do == "credit" and not credited.is_valid()):
        words = "Say on which day." if do == "pay" else "Say what the credit is for."
        return _page(request, row, problem=words, status=422)
    verbs: dict[str, Any] = {
        "issue": lambda: services.invoices.issue(row, by=by, at=at),
        "pay": lambda: services.invoices.pay(row, on=paid.cleaned_data["on"], by=by, at=at),
        "credit": lambda: _credit(request, row, credited.cleaned_data, at),
    }  # fmt: skip
    if do not in verbs:
        return _page(request, row, problem="Choose what to do.", status=422)
    target = reverse("orders:invoice", args=[pk])

    def effect() -> str:
        made = verbs[do]()
        return reverse("orders:invoice", args=[made.pk]) if made is not None else target

    try:
        return redirect(form_once(request, effect))
    except REFUSALS as refusal:
        return _page(request, _found(request, pk), problem=str(refusal), status=409)


def _credit(request: HttpRequest, row: Invoice, said: dict[str, Any], at: datetime) -> Invoice:
    """Over what was typed; of a return, without anything typed, over what came back."""
    wanted = quantities(request.POST, "take-")
    whole = not wanted and said["order_return"] is not None
    return services.invoices.credit(
        row, quantities=None if whole else wanted, by=me(request), at=at, **said
    )


def _found(request: HttpRequest, pk: int) -> Invoice:
    rows = Invoice.objects.select_related("order", "account", "credits", "requested_by")
    return get_object_or_404(rows, pk=pk, order__in=Order.objects.visible_to(me(request)))


def _page(
    request: HttpRequest, row: Invoice, *, problem: str = "", status: int = 200
) -> HttpResponse:
    left = services.invoices.creditable(row) if row.kind == "invoice" else {}
    context = {
        "row": row, "problem": problem, "today": portal_day(timezone.now()),
        "lines": [(x, left.get(x.pk)) for x in row.lines.order_by("position")],
        "may_settle": may_settle(me(request)),
        "creditable": row.status in {"issued", "paid"} and any(left.values()),
        "notes": row.credit_notes.order_by("pk"),
        "timeline": Entry.objects.about(row).newest_first()[:30],
    }  # fmt: skip
    return TemplateResponse(request, "orders/invoice.html", context, status=status)
