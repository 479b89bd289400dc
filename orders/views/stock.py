"""Stock: what is there, held, free, coming; one product with its moves; counts and receipts."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from journal.idempotency import form_once
from kit.pages import keyset_page
from orders import services
from orders.forms_fulfilment import CountForm
from orders.models import IncomingStock, Product, StockMove
from orders.queries.availability import promises
from orders.queries.prices import portal_day
from orders.queries.products import low_only, with_counters
from orders.views.catalogue import fragment
from people.doors import me

view = permission_required("orders.view_stockitem", raise_exception=True)


@require_safe
@view
def stock(request: HttpRequest) -> HttpResponse:
    """Products with what is there, held, free and on its way; those that run low by themselves."""
    text, low = fragment(request, "q"), request.GET.get("show") == "low"
    rows = (Product.objects.search(text) if text else Product.objects.all()).sellable()
    chosen = low_only(rows) if low else rows
    shown = with_counters(chosen, "EUR", portal_day(timezone.now())).values(
        "pk", "sku", "name", "unit", "on_hand", "reserved", "free", "coming", "list_price"
    )
    page = keyset_page(shown, keys=("sku", "pk"), after=request.GET.get("after", ""))
    return TemplateResponse(request, "orders/stock.html", {"page": page, "q": text, "low": low})


@view
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """One product: by warehouse, what can be promised when, its moves; counted or received here."""
    row = get_object_or_404(Product.objects.select_related("replaced_by"), pk=pk)
    form = CountForm(request.POST or None)
    if request.method == "POST":
        if not me(request).has_perm("orders.change_stockitem"):
            raise PermissionDenied
        if form.is_valid() and _moved(request, row, form):
            return redirect("orders:product", pk)
    today = portal_day(timezone.now())
    incoming = IncomingStock.objects.filter(product=row, received_at=None)
    days = sorted(
        {today, *incoming.filter(expected_on__gte=today).values_list("expected_on", flat=True)[:12]}
    )
    context = {
        "product": row, "form": form,
        "items": row.stock.select_related("warehouse").order_by("warehouse__code"),
        "promises": [(day, promises([row.pk], by=day, today=today)[row.pk]) for day in days],
        "moves": StockMove.objects.filter(item__product=row)
        .select_related("item__warehouse", "by", "order_line__order").order_by("-pk")[:40],
    }  # fmt: skip
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "orders/product.html", context, status=status)


def _moved(request: HttpRequest, row: Product, form: CountForm) -> bool:
    said, by, at = form.cleaned_data, me(request), timezone.now()
    house, quantity = said["warehouse"], said["quantity"]
    verbs: dict[str, Any] = {
        "count": lambda: services.stock.count(
            row, house, quantity, by=by, at=at, reason=said["reason"]
        ),
        "receive": lambda: services.receive(
            row, house, quantity, by=by, at=at, reason=said["reason"]
        ),
        "incoming": lambda: services.stock.expect(
            row, house, quantity, on=said["expected_on"], reference=said["reason"], by=by, at=at
        ),
    }

    def effect() -> str:
        verbs[said["what"]]()
        if said["reorder_level"] is not None:
            services.stock.set_reorder_level(row, house, said["reorder_level"], by=by, at=at)
        return request.path

    try:
        form_once(request, effect)
    except (services.Conflicting, services.Unusable) as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "The stock is up to date.")
    return True
