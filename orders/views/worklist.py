"""The worklist: what stops orders, resolved in place, assigned, put to sleep, in bulk."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from orders import services
from orders.models import Order, OrderIssue
from orders.queries.prices import portal_day
from orders.queries.worklist import KINDS, worklist
from people.doors import me
from people.models import Role, User

change = permission_required("orders.change_order", raise_exception=True)


@require_safe
@change
def show(request: HttpRequest) -> HttpResponse:
    """Oldest first; the filters are in the URL."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    mine = request.GET.get("owner") == "me"
    sleeping = request.GET.get("show") == "snoozed"
    found = worklist(
        today=portal_day(timezone.now()), kind=kind, owner=me(request).pk if mine else None,
        sleeping=sleeping,
    )  # fmt: skip
    issues = OrderIssue.objects.in_bulk([r.issue_id for r in found.rows if r.issue_id])
    context = {
        "list": found, "kind": kind, "mine": mine, "sleeping": sleeping,
        "rows": [(row, issues.get(row.issue_id or 0)) for row in found.rows],
        "tabs": [(k, KINDS[k][0], found.counts[k]) for k in KINDS if k in found.counts],
        "orders": sum(found.counts.values()),
        "people": User.objects.active().in_role(Role.COORDINATOR).by_name(),
    }  # fmt: skip
    return TemplateResponse(request, "orders/worklist.html", context)


@require_POST
@change
def care(request: HttpRequest) -> HttpResponse:
    """Assign or snooze what is ticked."""
    keys = services.worklist.parse_keys(request.POST.getlist("pick"))
    back = request.POST.get("next", "")
    target = back if back.startswith("/orders/worklist/") else "orders:worklist"
    if not keys:
        messages.warning(request, "Tick the rows first.")
        return redirect(target)
    try:
        messages.success(request, _cared(request, keys))
    except services.Unusable as refusal:
        messages.error(request, str(refusal))
    return redirect(target)


def _cared(request: HttpRequest, keys: list[tuple[int, str]]) -> str:
    by, at = me(request), timezone.now()
    if request.POST.get("do") == "snooze":
        try:
            until = date.fromisoformat(request.POST.get("until", ""))
        except ValueError as bad:
            raise services.Unusable("Choose the day on which it comes back.") from bad
        note = request.POST.get("note", "").replace("\0", "")
        count = services.worklist.snooze(keys, until=until, note=note, by=by, at=at)
        return f"{count} asleep until {until:%d %b}."
    wanted = request.POST.get("owner", "")
    owner = by if wanted == "me" else None
    if wanted.isascii() and wanted.isdecimal():
        owner = User.objects.active().filter(pk=int(wanted[:18])).first()
    count = services.worklist.assign(keys, owner=owner, by=by, at=at)
    return f"{count} now with {owner or 'whoever coordinates the order'}."


@require_POST
@change
def fill_backorder(request: HttpRequest, pk: int) -> HttpResponse:
    """Reserve what came meanwhile."""
    row = Order.objects.visible_to(me(request)).filter(pk=pk).first()
    if row is not None and services.backorders.fill(row, by=me(request), at=timezone.now()):
        messages.success(request, f"{row.number}: what is free is reserved.")
    else:
        messages.warning(request, "Nothing of it is free yet.")
    here = request.POST.get("next", "")
    return redirect(here if here == "/orders/worklist/" else f"/orders/{pk}/")
