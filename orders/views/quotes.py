"""Quotes: the list, one, and what became of it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from journal.idempotency import form_once
from journal.models import Entry
from kit.pages import keyset_page
from orders import services
from orders.forms import QuoteForm, ReasonForm
from orders.models import Order, QuoteFamily, QuoteMoveRefused
from orders.views.orders import form_page
from people.doors import me

TIMELINE = 30
REFUSALS = (services.Conflicting, services.Unusable, QuoteMoveRefused)
change = permission_required("orders.change_quotefamily", raise_exception=True)


@permission_required("orders.view_quotefamily", raise_exception=True)
def quotes(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    status = request.GET.get("status", "")
    rows = QuoteFamily.objects.visible_to(me(request))
    status = status if status in QuoteFamily.Status.values else ""
    if status:
        rows = rows.filter(status=status)
    shown = rows.values(
        "pk", "number", "title", "account__name", "amount", "currency", "status", "valid_until",
        "created_at",
    )  # fmt: skip
    page = keyset_page(shown, keys=("-created_at", "pk"), after=request.GET.get("after", ""))
    context = {"page": page, "status": status, "statuses": QuoteFamily.Status}
    return TemplateResponse(request, "orders/quotes.html", context)


@permission_required("orders.view_quotefamily", raise_exception=True)
def quote(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk))


@permission_required("orders.add_quotefamily", raise_exception=True)
def new_quote(request: HttpRequest) -> HttpResponse:
    form = QuoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)

        def effect() -> str:
            account = data.pop("account")
            made = services.quotes.create(account, by=me(request), at=timezone.now(), **data)
            return reverse("orders:quote", args=[made.pk])

        return redirect(form_once(request, effect))
    return form_page(request, form, "New quote", reverse("orders:quotes"), "Draft quote")


@require_POST
@change
def send_quote(request: HttpRequest, pk: int) -> HttpResponse:
    row = _found(request, pk)
    try:
        services.quotes.send(row, by=me(request), at=timezone.now())
    except REFUSALS as refusal:
        return _page(request, _found(request, pk), problem=str(refusal))
    messages.success(request, f"{row.number} counts as sent from now on.")
    return redirect("orders:quote", pk)


@require_POST
@change
def decline_quote(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = _found(request, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row, problem="Say why it was lost.", status=422)
    try:
        reason = form.cleaned_data["reason"]
        services.quotes.decline(row, reason=reason, by=me(request), at=timezone.now())
    except REFUSALS as refusal:
        return _page(request, _found(request, pk), problem=str(refusal))
    return redirect("orders:quote", pk)


@require_POST
@permission_required("orders.add_order", raise_exception=True)
def order_from_quote(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft for the quote's account; confirming it wins the quote."""
    row = _found(request, pk)

    def effect() -> str:
        made = services.create_draft(
            row.account, lines=[], by=me(request), at=timezone.now(), quote=row, rep=row.rep,
            contact=row.contact, team=me(request).team, currency=row.currency,
        )  # fmt: skip
        return reverse("orders:order", args=[made.pk])

    try:
        return redirect(form_once(request, effect))
    except REFUSALS as refusal:
        return _page(request, row, problem=str(refusal))


def _found(request: HttpRequest, pk: int) -> QuoteFamily:
    rows = QuoteFamily.objects.visible_to(me(request))
    return get_object_or_404(rows.select_related("account", "contact", "rep"), pk=pk)


def _page(
    request: HttpRequest, row: QuoteFamily, *, problem: str = "", status: int = 409
) -> HttpResponse:
    context = {
        "quote": row,
        "problem": problem,
        "orders": Order.objects.filter(quote=row).newest_first()[:10],
        "timeline": Entry.objects.about(row).newest_first()[:TIMELINE],
    }
    code = status if problem else 200
    return TemplateResponse(request, "orders/quote.html", context, status=code)
