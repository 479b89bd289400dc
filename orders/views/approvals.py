"""Approvals: the list with its decisions, many at once, and the page behind a mail's link."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kit.limits import limited
from orders import services
from orders.forms_quotes import DecisionForm
from orders.models import Approval
from orders.queries.approvals import content_of
from people.doors import me
from people.models import User

REFUSALS = (services.Conflicting, services.Unusable)
MOST = 50


@require_safe
@login_required
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for this person first, then what was decided lately."""
    user = me(request)
    if not _may_look(user):
        raise PermissionDenied
    about = ("order__account", "revision__family__account", "amendment__order__account",
             "approver", "asked_by", "decided_by", "stands_in_for")  # fmt: skip
    rows = Approval.objects.select_related(*about)
    waiting = list(rows.waiting().order_by("asked_at", "pk")[:200])
    mine = {row.pk for row in waiting if services.approvals.may_decide(row, user)}
    context = {
        "mine": [row for row in waiting if row.pk in mine],
        "others": [row for row in waiting if row.pk not in mine],
        "decided": rows.exclude(status="waiting").order_by("-decided_at", "-pk")[:30],
    }
    return TemplateResponse(request, "orders/approvals.html", context)


def _may_look(user: User) -> bool:
    return user.has_perm("orders.decide_approval") or user.has_perm("orders.change_order")


@require_POST
@login_required
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision, from the list or from the thing's own page."""
    row, form = get_object_or_404(Approval, pk=pk), DecisionForm(request.POST)
    approve = request.POST.get("answer") == "yes"
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        services.approvals.decide(
            row, approve=approve, note=note, by=me(request), at=timezone.now()
        )
        messages.success(request, f"{row.about}: {'approved' if approve else 'rejected'}.")
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect("orders:approvals")


@require_POST
@login_required
def decide_many(request: HttpRequest) -> HttpResponse:
    """Approve all that are ticked; each stands or falls by itself, and says so."""
    keys = [int(k[:18]) for k in request.POST.getlist("pick") if k.isascii() and k.isdecimal()][
        :MOST
    ]
    done = 0
    for row in Approval.objects.filter(pk__in=keys).order_by("pk"):
        try:
            services.approvals.decide(row, approve=True, note="", by=me(request), at=timezone.now())
            done += 1
        except REFUSALS as refusal:
            messages.error(request, f"{row.about}: {refusal}")
    if done:
        messages.success(request, f"{done} approved.")
    elif not keys:
        messages.warning(request, "Tick what you want to approve.")
    return redirect("orders:approvals")


@never_cache
@login_not_required
@limited
def answer_approval(request: HttpRequest, token: str) -> HttpResponse:
    """From a mail: look at the content, say yes or no. Following the link decides nothing."""
    try:
        row, person = services.approvals.read_link(token)
    except services.approvals.BadLink as bad:
        told = {"problem": str(bad)}
        return TemplateResponse(request, "orders/answer_approval.html", told, status=404)
    form, problem, status = DecisionForm(request.POST or None), "", 200
    if request.method == "POST":
        approve = request.POST.get("answer") == "yes"
        note = form.cleaned_data["note"] if form.is_valid() else ""
        try:
            services.approvals.decide(row, approve=approve, note=note, by=person, at=timezone.now())
            return redirect(request.path)
        except REFUSALS as refusal:
            problem, status = str(refusal), 409
            row.refresh_from_db()
    context = {"row": row, "person": person, "content": content_of(row), "problem": problem,
               "form": form}  # fmt: skip
    return TemplateResponse(request, "orders/answer_approval.html", context, status=status)
