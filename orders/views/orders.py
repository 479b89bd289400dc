"""The list of orders, one order, a new one."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from crm.forms import for_user
from crm.models import Account, Contact
from journal.idempotency import form_once
from kit.pages import keyset_page
from orders import services
from orders.forms import DetailsForm, NewOrderForm
from orders.models import IllegalMove, Order, Status
from orders.queries.pages import order_page, order_rows
from people.doors import me

REFUSALS = (services.Conflicting, services.Unusable, IllegalMove)


@permission_required("orders.view_order", raise_exception=True)
def orders(request: HttpRequest) -> HttpResponse:
    """Newest first; the filters are in the URL."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:60]
    status = request.GET.get("status", "")
    status = status if status in Status.values else ""
    rows = order_rows(Order.objects.visible_to(me(request)), text=text, status=status)
    page = keyset_page(rows, keys=("-placed_at", "pk"), after=request.GET.get("after", ""))
    context = {"page": page, "q": text, "status": status, "statuses": Status}
    return TemplateResponse(request, "orders/orders.html", context)


@permission_required("orders.view_order", raise_exception=True)
def order(request: HttpRequest, pk: int) -> HttpResponse:
    return order_response(request, found(request, pk))


@permission_required("orders.add_order", raise_exception=True)
def new_order(request: HttpRequest) -> HttpResponse:
    start = {"account": request.GET.get("account", "")[:20]}
    form = NewOrderForm(request.POST or None, initial=start)
    for_user(form, me(request))
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)

        def effect() -> str:
            account = data.pop("account")
            made = services.create_draft(
                account, lines=[], by=me(request), at=timezone.now(), team=me(request).team,
                contact=first_contact(account), **data,
            )  # fmt: skip
            return reverse("orders:order", args=[made.pk])

        return redirect(form_once(request, effect))
    return form_page(request, form, "New order", reverse("orders:orders"), "Draft order")


@permission_required("orders.change_order", raise_exception=True)
def details(request: HttpRequest, pk: int) -> HttpResponse:
    """PO, wanted day, contact and ship-to."""
    row = found(request, pk)
    form = DetailsForm(request.POST or None, instance=row)
    back = reverse("orders:order", args=[pk])
    if request.method == "POST" and form.is_valid():
        try:
            services.set_details(
                Order.objects.get(pk=pk), by=me(request), at=timezone.now(), **form.cleaned_data
            )
            return redirect(back)
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
    return form_page(request, form, f"Details of {row.number}", back, "Save")


def found(request: HttpRequest, pk: int) -> Order:
    """The order, if this person may see it."""
    rows = Order.objects.visible_to(me(request)).select_related(
        "account", "contact", "quote", "rep", "coordinator", "warehouse", "held_by"
    )
    return get_object_or_404(rows, pk=pk)


def order_response(
    request: HttpRequest, row: Order, *, problem: str = "", form: forms.Form | None = None,
    about: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The order page; `problem` or the errors of `form` (posted to the part `about`) on top."""
    context: dict[str, Any] = {
        "page": order_page(row, timezone.now()), "problem": problem, "about": about,
        "bound": form, "may_edit": me(request).has_perm("orders.change_order"),
        "inside": me(request).has_perm("orders.change_order") or me(request).department_id,
    }  # fmt: skip
    return TemplateResponse(request, "orders/order.html", context, status=status)


def first_contact(account: Account) -> Contact | None:
    """Whom to write to until somebody says otherwise: the first who may be mailed."""
    return account.contacts.active().exclude(email="").order_by("no_mail", "pk").first()


def form_page(
    request: HttpRequest, form: forms.BaseForm, title: str, back: str, verb: str
) -> HttpResponse:
    context = {"form": form, "title": title, "back": back, "verb": verb}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "orders/form.html", context, status=status)
