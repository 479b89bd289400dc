"""Hand-offs: the list of a department, its answers, and the slot on an order's page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk import forms, queries, services
from desk.models import HandOff, IllegalMove
from desk.services import handoff_links
from journal.idempotency import form_once
from journal.models import Entry
from orders.models import IllegalMove as OrderRefused
from orders.models import Order
from orders.services import OnHold, Shortage
from people.doors import me
from people.models import Department, User

REFUSALS = (IllegalMove, OrderRefused, OnHold, Shortage)


@require_safe
@permission_required("desk.view_handoff", raise_exception=True)
def handoffs(request: HttpRequest) -> HttpResponse:
    """What departments were asked and have not finished."""
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    chosen = request.GET.get("status", "")
    chosen = chosen if chosen in HandOff.Status.values else ""
    shown = queries.handoff_page(me(request), chosen, request.GET.get("after", ""))
    context = {
        "page": shown, "chosen": chosen, "statuses": HandOff.Status.choices, "now": timezone.now(),
        "today": timezone.localdate(), **extra,
    }  # fmt: skip
    return TemplateResponse(request, "desk/handoffs.html", context, status=status)


@require_safe
@permission_required("desk.view_handoff", raise_exception=True)
def handoff_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One hand-off: what was asked, what was said to it, and the talk about it."""
    rows = HandOff.objects.visible_to(me(request)).select_related(
        "department", "order__account", "request", "asked_by", "answered_by"
    )
    row = get_object_or_404(rows, pk=pk)
    context = {
        "row": row,
        "now": timezone.now(),
        "timeline": Entry.objects.about(row).newest_first()[:30],
    }
    return TemplateResponse(request, "desk/handoff.html", context)


@require_safe
@permission_required("desk.view_handoff", raise_exception=True)
def for_order(request: HttpRequest, pk: int) -> HttpResponse:
    """The hand-offs of an order, as a slot of its page."""
    order = get_object_or_404(Order.objects.visible_to(me(request)), pk=pk)
    context = {
        "order": order, "handoffs": order.handoffs.select_related("department").order_by("-pk"),
        "requests": order.requests.order_by("pk").values("pk", "subject"),
    }  # fmt: skip
    return TemplateResponse(request, "desk/order_slot.html", context)


@require_POST
@permission_required("desk.add_handoff", raise_exception=True)
def ask_for_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a confirmed order to logistics."""
    order = get_object_or_404(Order, pk=pk)
    logistics = Department.objects.filter(party="logistics").order_by("pk").first()
    if logistics is None:
        messages.error(request, "There is no logistics department yet. Ask an administrator.")
        return redirect("orders:order", pk)

    def effect() -> str:
        ask = f"Pick and ship {order.number}"
        services.ask_department(logistics, ask=ask, order=order, by=me(request), at=timezone.now())
        return f"/orders/{pk}/"

    try:
        target = form_once(request, effect)
        messages.success(request, f"{logistics} has {order.number} now.")
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        target = f"/orders/{pk}/"
    return redirect(target)


def own(request: HttpRequest, pk: int) -> HandOff:
    """The hand-off, if this person may answer it: a member of its department."""
    user = me(request)
    if not user.has_perm("desk.answer_handoff"):
        raise PermissionDenied
    rows = HandOff.objects.visible_to(user).select_related("department", "order")
    return get_object_or_404(rows, pk=pk)


def _answer(
    form_class: type[Form] | None, act: Callable[[HandOff, User, dict[str, Any]], None], said: str
) -> Any:
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        row = own(request, pk)
        form = form_class(request.POST) if form_class else None
        if form is not None and not form.is_valid():
            return _page(request, status=422, refused=form, refused_pk=pk)
        try:
            act(row, me(request), form.cleaned_data if form else {})
        except services.BadPromise as refusal:
            form.add_error("promised_on", str(refusal))  # type: ignore[union-attr]
            return _page(request, status=422, refused=form, refused_pk=pk)
        except REFUSALS as refusal:
            return _page(request, status=409, problem=str(refusal))
        messages.success(request, said)
        query = request.GET.urlencode()
        return redirect(f"{reverse('desk:handoffs')}{'?' if query else ''}{query}")

    return require_POST(view)


accept = _answer(
    forms.PromiseForm,
    lambda row, user, data: services.accept_handoff(
        row, promised_on=data["promised_on"], by=user, at=timezone.now()
    ),
    "Accepted. The desk and the customer know the date.",
)
reject = _answer(
    forms.RejectForm,
    lambda row, user, data: services.reject_handoff(
        row, reason=data["reason"], by=user, at=timezone.now()
    ),
    "Sent back to the desk with your reason.",
)
done = _answer(
    None,
    lambda row, user, _: services.finish_handoff(row, by=user, at=timezone.now()),
    "Done. Thank you.",
)


@require_POST
@permission_required("desk.add_handoff", raise_exception=True)
def nudge(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind the department now, by a fresh link."""
    row = get_object_or_404(HandOff.objects.visible_to(me(request)), pk=pk)
    try:
        handoff_links.nudge(row, by=me(request), at=timezone.now())
        messages.success(request, f"{row.department} is reminded.")
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    return redirect(_of(row))


@require_POST
@permission_required("desk.add_handoff", raise_exception=True)
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """The desk does not need it any more."""
    row = get_object_or_404(HandOff.objects.visible_to(me(request)), pk=pk)
    try:
        services.withdraw_handoff(row, by=me(request), at=timezone.now())
        messages.success(request, f"{row.department} need not do it.")
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect(_of(row))


def _of(row: HandOff) -> str:
    """The page that it belongs to."""
    if row.request_id is not None:
        return reverse("desk:request", args=[row.request_id])
    return reverse("orders:order", args=[row.order_id])
