"""After the confirmation: shipments, proofs of delivery, returns, changes."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
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
from orders.forms import ReasonForm
from orders.forms_fulfilment import AmendForm, ProofForm, ReturnForm, ShipForm, quantities
from orders.models import (
    IllegalMove,
    Order,
    OrderReturn,
    QuoteMoveRefused,
    ReturnStatus,
    Shipment,
)
from orders.queries.billing import may_settle
from orders.queries.quotes import plain
from orders.views.orders import found
from people.doors import me

REFUSALS = (services.Conflicting, services.Unusable, IllegalMove, QuoteMoveRefused)
view = permission_required("orders.view_order", raise_exception=True)
change = permission_required("orders.change_order", raise_exception=True)
ships = permission_required("orders.add_shipment", raise_exception=True)


@require_safe
@view
def shipments(request: HttpRequest) -> HttpResponse:
    """Newest first; those on the road by themselves."""
    rows = Shipment.objects.filter(order__in=Order.objects.visible_to(me(request)))
    road = request.GET.get("state") == "road"
    if road:
        rows = rows.filter(delivered_at=None)
    shown = rows.values(
        "pk", "number", "carrier", "tracking_number", "shipped_at", "delivered_at", "received_by",
        "order_id", "order__number", "order__account__name",
    )  # fmt: skip
    page = keyset_page(shown, keys=("-shipped_at", "pk"), after=request.GET.get("after", ""))
    return TemplateResponse(request, "orders/shipments.html", {"page": page, "road": road})


@ships
def ship_part(request: HttpRequest, pk: int) -> HttpResponse:
    """What leaves now: quantities, carrier, number."""
    row, form = found(request, pk), ShipForm(request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            wanted = quantities(request.POST, "take-")

            def effect() -> str:
                services.shipments.ship_part(
                    row, quantities=wanted, by=me(request), at=timezone.now(), **form.cleaned_data
                )
                return reverse("orders:order", args=[pk])

            target = form_once(request, effect)
            messages.success(request, "It is on its way; the customer was told.")
            return redirect(target)
        except REFUSALS as refusal:
            problem = str(refusal)
            row = found(request, pk)
    lines = [
        (
            line,
            line.quantity - line.shipped,
            request.POST.get(f"take-{line.pk}", plain(line.quantity - line.shipped)),
        )
        for line in row.lines.select_related("product").order_by("position")
    ]
    context = {"order": row, "lines": lines, "form": form, "problem": problem}
    status = 409 if problem else 422 if form.is_bound else 200
    return TemplateResponse(request, "orders/ship.html", context, status=status)


@require_POST
@ships
def deliver_shipment(request: HttpRequest, pk: int) -> HttpResponse:
    """Proof of delivery."""
    orders = Order.objects.visible_to(me(request))
    row = get_object_or_404(Shipment.objects.select_related("order"), pk=pk, order__in=orders)
    form = ProofForm(request.POST)
    name = form.cleaned_data["received_by"] if form.is_valid() else ""
    try:
        services.shipments.deliver_shipment(
            row, received_by=name, by=me(request), at=timezone.now()
        )
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect("orders:order", row.order_id)


@require_safe
@view
def returns(request: HttpRequest) -> HttpResponse:
    """Newest first, by state."""
    status = request.GET.get("status", "")
    status = status if status in ReturnStatus.values else ""
    visible = Order.objects.visible_to(me(request))
    rows = OrderReturn.objects.filter(order__in=visible)
    if me(request).has_perm("orders.change_order"):
        rows = OrderReturn.objects.all()
    if status:
        rows = rows.filter(status=status)
    shown = rows.values(
        "pk", "number", "status", "reason", "cause", "net", "currency", "asked_at",
        "account__name", "order_id", "order__number",
    )  # fmt: skip
    page = keyset_page(shown, keys=("-asked_at", "pk"), after=request.GET.get("after", ""))
    context = {"page": page, "status": status, "statuses": ReturnStatus,
               "reasons": dict(OrderReturn.Reason.choices)}  # fmt: skip
    return TemplateResponse(request, "orders/returns.html", context)


@change
def new_return(request: HttpRequest, pk: int) -> HttpResponse:
    """What comes back, how much, why, and who caused it."""
    row, form = found(request, pk), ReturnForm(request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            wanted = quantities(request.POST, "take-")

            def effect() -> str:
                made = services.returns.ask(
                    row, quantities=wanted, by=me(request), at=timezone.now(), **form.cleaned_data
                )
                return reverse("orders:order_return", args=[made.pk])

            return redirect(form_once(request, effect))
        except REFUSALS as refusal:
            problem = str(refusal)
    left = services.returns.returnable(row)
    lines = [
        (line, left[line.pk], request.POST.get(f"take-{line.pk}"))
        for line in row.lines.select_related("product").order_by("position")
    ]
    context = {"order": row, "lines": lines, "form": form, "problem": problem}
    status = 409 if problem else 422 if form.is_bound else 200
    return TemplateResponse(request, "orders/new_return.html", context, status=status)


@require_safe
@view
def order_return(request: HttpRequest, pk: int) -> HttpResponse:
    return _return_page(request, _return(request, pk))


@require_POST
@change
def answer_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve, refuse, receive or close a return."""
    row, by, at = _return(request, pk), me(request), timezone.now()
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    verbs: dict[str, Any] = {
        "approve": lambda: services.returns.approve(row, by=by, at=at),
        "refuse": lambda: services.returns.refuse(row, reason=reason, by=by, at=at),
        "receive": lambda: services.returns.receive(
            row, restocked=quantities(request.POST, "take-"), by=by, at=at
        ),
        "close": lambda: services.returns.close(row, by=by, at=at),
    }
    verb = verbs.get(request.POST.get("do", ""))
    if verb is None:
        return _return_page(request, row, problem="Choose what to do.", status=422)

    def effect() -> str:
        verb()
        return reverse("orders:order_return", args=[pk])

    try:
        return redirect(form_once(request, effect))
    except REFUSALS as refusal:
        again = _return(request, pk)
        return _return_page(request, again, problem=str(refusal), status=409)


def _return(request: HttpRequest, pk: int) -> OrderReturn:
    rows = OrderReturn.objects.select_related("account", "order", "issue")
    if not me(request).has_perm("orders.change_order"):
        rows = rows.filter(order__in=Order.objects.visible_to(me(request)))
    return get_object_or_404(rows, pk=pk)


def _return_page(
    request: HttpRequest, row: OrderReturn, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "row": row, "lines": row.lines.select_related("product").order_by("pk"),
        "problem": problem, "timeline": Entry.objects.about(row).newest_first()[:30],
        "invoices": row.order.invoices.filter(kind="invoice").order_by("pk") if row.order else (),
        "may_settle": may_settle(me(request)),
    }  # fmt: skip
    return TemplateResponse(request, "orders/return.html", context, status=status)


@change
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a confirmed order: its quantities and prices, a line more or less."""
    row, form = found(request, pk), AmendForm(request.POST or None)
    problem = ""
    lines = list(row.lines.select_related("product").order_by("position"))
    if request.method == "POST" and form.is_valid():
        try:
            changes = _changes(request, lines)

            def effect() -> str:
                services.amendments.propose(
                    row, changes=changes, by=me(request), at=timezone.now(), **form.cleaned_data
                )
                return reverse("orders:order", args=[pk])

            return redirect(form_once(request, effect))
        except REFUSALS as refusal:
            problem = str(refusal)
    context = {
        "order": found(request, pk), "form": form, "problem": problem,
        "lines": [(x, {n: request.POST.get(f"{n}-{x.pk}") for n in CELLS}) for x in lines],
        "new": {n: request.POST.get(f"new-{n}", "") for n in ("sku", "quantity")},
    }  # fmt: skip
    status = 409 if problem else 422 if form.is_bound else 200
    return TemplateResponse(request, "orders/amend.html", context, status=status)


CELLS = ("quantity", "unit_price", "discount_percent")


def _changes(request: HttpRequest, lines: list[Any]) -> list[dict[str, Any]]:
    """The cells that differ from what stands."""
    changes: list[dict[str, Any]] = []
    for line in lines:
        told: dict[str, Any] = {}
        for name in CELLS:
            typed = request.POST.get(f"{name}-{line.pk}", "").replace("\0", "").strip()
            if typed and typed not in {
                f"{getattr(line, name):f}",
                f"{getattr(line, name).normalize():f}",
            }:
                told[name] = typed
        if told:
            changes.append({"line": line.pk, **told})
    sku = request.POST.get("new-sku", "").replace("\0", "").strip()[:60]
    if sku:
        changes.append({"sku": sku, "quantity": request.POST.get("new-quantity", "")})
    return changes
