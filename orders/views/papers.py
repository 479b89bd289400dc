"""Papers as PDF, for colleagues by key and for customers by their link."""

from django.contrib.auth.decorators import login_not_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from kit.limits import limited
from orders import documents
from orders.models import Invoice, Order, QuoteFamily, QuoteRevision, Shipment
from orders.queries.prices import portal_day
from orders.views.orders import found
from people.doors import me

view_orders = permission_required("orders.view_order", raise_exception=True)


def pdf(content: bytes, name: str) -> HttpResponse:
    """Shown in the browser, saved under a name that says what it is."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


@require_safe
@permission_required("orders.view_quotefamily", raise_exception=True)
def quote_pdf(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    families = QuoteFamily.objects.visible_to(me(request))
    rows = QuoteRevision.objects.select_related("family__account", "family__contact", "family__rep")
    row = get_object_or_404(rows, family__in=families, family=pk, number=number)
    return pdf(documents.quote_pdf(row), f"{row.family.number}-{row.number}")


@require_safe
@login_not_required
@limited
def public_quote_pdf(request: HttpRequest, pk: int, key: str) -> HttpResponse:  # noqa: ARG001
    rows = QuoteRevision.objects.select_related("family__account", "family__contact", "family__rep")
    row = rows.filter(pk=pk, link_key=key, sent_at__isnull=False).first()
    if row is None:
        raise Http404
    return pdf(documents.quote_pdf(row), f"{row.family.number}-{row.number}")


@require_safe
@view_orders
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    content = documents.confirmation_pdf(row, portal_day(timezone.now()))
    return pdf(content, f"{row.number}-confirmation")


@require_safe
@view_orders
def pick_list(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    return pdf(documents.pick_list_pdf(row), f"{row.number}-pick-list")


@require_safe
@view_orders
def delivery_note(request: HttpRequest, pk: int) -> HttpResponse:
    orders = Order.objects.visible_to(me(request))
    row = get_object_or_404(Shipment.objects.select_related("order"), pk=pk, order__in=orders)
    return pdf(documents.delivery_note_pdf(row), row.number)


@require_safe
@permission_required("orders.view_invoice", raise_exception=True)
def invoice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    orders = Order.objects.visible_to(me(request))
    rows = Invoice.objects.select_related("order", "account", "credits")
    row = get_object_or_404(rows, pk=pk, order__in=orders)
    return pdf(documents.invoice_pdf(row), row.number or f"request-{row.pk}")
