"""The two searches that forms suggest from."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from crm.models import Account
from orders.models import Product
from orders.queries.prices import portal_day
from orders.queries.products import with_stock
from people.doors import me

SUGGESTED = 12


@permission_required("orders.view_product", raise_exception=True)
def product_search(request: HttpRequest) -> HttpResponse:
    """Suggestions with free stock: `<option>`s for htmx, JSON for everybody else."""
    text = fragment(request, "q") or fragment(request, "sku")
    rows = Product.objects.sellable().search(text) if text else Product.objects.none()
    found = list(
        with_stock(rows, "EUR", portal_day(timezone.now()))
        .order_by("sku", "pk")
        .values("id", "sku", "name", "unit", "free", "list_price")[:SUGGESTED]
    )
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "orders/options.html", {"products": found})
    return JsonResponse({"results": found})


@permission_required("crm.view_account", raise_exception=True)
def account_search(request: HttpRequest) -> HttpResponse:
    """Names for the account field of the new-order form."""
    text = fragment(request, "account") or fragment(request, "parent") or fragment(request, "q")
    seen = Account.objects.active().visible_to(me(request))
    rows = seen.search(text).by_name() if text else Account.objects.none()
    found = list(rows.values("id", "name", "city")[:SUGGESTED])
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "orders/options.html", {"accounts": found})
    return JsonResponse({"results": found})


def fragment(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:100]
