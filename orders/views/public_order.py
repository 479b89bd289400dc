"""The customer's status page of an order: what leaves when, what moved and why; questions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from comms.models import Message, Visibility
from comms.services import Unsendable
from journal.models import Entry
from kit.limits import limited
from orders import services
from orders.forms_quotes import QuestionForm
from orders.models import Order
from orders.queries.pages import STEPS
from orders.queries.quotes import plain
from orders.views.orders import found
from people.doors import me


@dataclass(frozen=True)
class Moved:
    """A promise, and the one before it."""

    on: date
    was: date | None
    reason: str
    at: datetime


@require_POST
@permission_required("orders.change_order", raise_exception=True)
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the customer's page, making its link if there is none."""
    path = services.share(found(request, pk), by=me(request), at=timezone.now())
    messages.success(request, "The customer's page is ready to be shared.")
    return redirect(path)


def _order(pk: int, key: str) -> Order:
    """The order that a link names; a wrong key looks like nothing at all."""
    rows = Order.objects.select_related("account", "contact", "coordinator")
    row = rows.filter(pk=pk, link_key=key).first() if key else None
    if row is None:
        raise Http404
    return row


@never_cache
@require_safe
@login_not_required
@limited
def public_order(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    return _page(request, _order(pk, key), QuestionForm())


@require_POST
@login_not_required
@limited
def ask(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """A question of the customer stands in the order's thread."""
    row, form = _order(pk, key), QuestionForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    try:
        services.customer_asks(row, at=timezone.now(), **form.cleaned_data)
    except Unsendable as refusal:
        form.add_error("text", str(refusal))
        return _page(request, row, form, status=422)
    return redirect(f"{request.path.removesuffix('ask/')}?asked=1")


def _page(request: HttpRequest, row: Order, form: QuestionForm, status: int = 200) -> HttpResponse:
    lines = list(row.lines.select_related("product").order_by("position"))
    talk = Message.objects.filter(
        thread__subject_type="orders.order", thread__subject_id=row.pk,
        visibility=Visibility.CUSTOMER,
    ).order_by("at", "pk")  # fmt: skip
    context: dict[str, Any] = {
        "order": row, "form": form, "company": settings.COMPANY_NAME, "talk": talk[:50],
        "asked": "asked" in request.GET,
        "steps": _steps(row), "moves": _moves(row),
        "shipments": row.shipments.prefetch_related("lines__line__product").order_by("pk"),
        "waiting": [(x.product.name, plain(x.quantity - x.shipped), x.expected_on)
                    for x in lines if x.quantity > x.shipped],
    }  # fmt: skip
    answer = TemplateResponse(request, "orders/public_order.html", context, status=status)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _steps(row: Order) -> list[tuple[str, datetime | None, bool]]:
    """(what, when, reached) in the customer's words."""
    times = {
        "draft": row.placed_at, "checked": row.checked_at, "confirmed": row.confirmed_at,
        "handed_off": row.handed_off_at, "shipped": row.shipped_at,
        "delivered": row.delivered_at,
    }  # fmt: skip
    names = {"draft": "Ordered", "checked": "Checked", "confirmed": "Confirmed",
             "handed_off": "Being packed", "shipped": "On the road", "delivered": "With you"}  # fmt: skip
    order = [str(status) for status, _ in STEPS]
    here = order.index(row.status) if row.status in order else len(order)
    return [(names[s], times[s] if i <= here else None, i <= here) for i, s in enumerate(order)]


def _moves(row: Order) -> list[Moved]:
    """The promises, newest first; only those that changed the day."""
    entries = Entry.objects.about(row).filter(action="orders.order.promised").newest_first()[:20]
    moved = []
    for entry in entries:
        on, was = entry.data.get("on"), entry.data.get("was")
        if on and on != was:
            before = date.fromisoformat(was) if was else None
            reason = entry.data.get("reason", "")
            moved.append(Moved(date.fromisoformat(on), before, reason, entry.at))
    return moved
